package whatsapptest

import (
	"container/heap"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// holdBack is how long a packet waits for the next one to overtake it: longer than from one to the next.
const holdBack = 30 * time.Millisecond

// wire is the network between the user and the bot, in one direction.
type wire struct {
	link Link
	out  func(*rtp.Packet)

	mu     sync.Mutex
	random *rand.Rand
	late   packetQueue
	more   chan struct{}
}

// newWire makes a wire. The stream makes the random numbers of one direction differ from those of the other.
func newWire(link Link, stream uint64, out func(*rtp.Packet)) *wire {
	return &wire{link: link, out: out, random: rand.New(rand.NewPCG(link.Seed, stream)), more: make(chan struct{}, 1)}
}

// delayed reports whether packets wait, so that run is needed.
func (w *wire) delayed() bool { return w.link.Jitter > 0 || w.link.Latency > 0 || w.link.Reorder > 0 }

// send loses, repeats and delays a packet as the link says. The packet must not change afterwards.
func (w *wire) send(p *rtp.Packet) {
	w.mu.Lock()
	lost := w.random.Float64() < w.link.Loss
	copies := 1
	if w.random.Float64() < w.link.Repeat {
		copies = 2
	}
	delay := w.link.Latency
	if w.link.Jitter > 0 {
		delay += time.Duration(w.random.Int64N(int64(w.link.Jitter)))
	}
	if w.link.Reorder > 0 && w.random.Float64() < w.link.Reorder {
		delay += holdBack
	}
	if lost {
		copies = 0
	}
	if w.delayed() {
		due := time.Now().Add(delay)
		for range copies {
			heap.Push(&w.late, latePacket{due, p})
		}
		copies = 0
	}
	w.mu.Unlock()
	for range copies {
		w.out(p)
	}
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// run sends what is due until done is closed.
func (w *wire) run(done <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := time.Hour
		w.mu.Lock()
		for len(w.late) > 0 {
			if next = time.Until(w.late[0].due); next > 0 {
				break
			}
			p, _ := heap.Pop(&w.late).(latePacket)
			w.mu.Unlock()
			w.out(p.packet)
			w.mu.Lock()
			next = time.Hour
		}
		w.mu.Unlock()
		timer.Reset(next)
		select {
		case <-done:
			return
		case <-w.more:
		case <-timer.C:
		}
	}
}

// latePacket is a packet on its way.
type latePacket struct {
	due    time.Time
	packet *rtp.Packet
}

// packetQueue is a heap of packets by the time at which they are due.
type packetQueue []latePacket

func (q packetQueue) Len() int           { return len(q) }
func (q packetQueue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q packetQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push is for container/heap.
func (q *packetQueue) Push(x any) {
	if p, ok := x.(latePacket); ok {
		*q = append(*q, p)
	}
}

// Pop is for container/heap.
func (q *packetQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
