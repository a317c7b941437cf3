package rtpaudio

import (
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	// takeOver is how long the SSRC in use must have been silent until another one replaces it.
	takeOver = 200 * time.Millisecond
	// maxDropout is the longest hole in the sequence that counts as loss and not as a new beginning (RFC 3550, appendix A.1).
	maxDropout = 3000
	// strays in a row, while nothing else comes for strayTime, are a sender that began anew at a lower number.
	strays    = 5
	strayTime = 100 * time.Millisecond
)

// Receiver turns the RTP packets of one remote speaker into frame.AudioIn, 20 ms of 16 kHz mono each and without
// gaps, and frame.DTMF.
//
// A packet that comes in order is decoded and delivered before Receive returns: there is no buffer that delays.
// Only a hole in the sequence makes the packets behind it wait, for the reorder wait at most.
//
// It is safe for concurrent use: typically one goroutine reads packets and another ticks.
type Receiver struct {
	mu       sync.Mutex
	payloads Payloads
	wait     time.Duration
	line     *timeline
	keys     keys
	stats    Stats

	begun bool
	ssrc  uint32
	heard time.Time // last packet of this SSRC
	next  uint16    // sequence number awaited
	seen  uint64    // bit i: next-1-i came
	lost  int       // packets missing since the last one with audio
	ring  ring

	stray struct {
		next  uint16
		count int
		good  time.Time // last packet that was none
	}
}

// NewReceiver makes a Receiver. It calls deliver with every frame, in order and one at a time, from within
// Receive and Tick; deliver must be quick and must not call the Receiver. To push into a pipeline:
//
//	func(f pipeline.Frame) { out.Push(f) }
func NewReceiver(payloads Payloads, deliver func(pipeline.Frame), opts ...ReceiverOption) (*Receiver, error) {
	if err := payloads.check(); err != nil {
		return nil, err
	}
	if deliver == nil {
		return nil, fmt.Errorf("%w: a Receiver needs a function to deliver to", ErrConfig)
	}
	s := receiverDefaults()
	for _, o := range opts {
		if err := o(&s); err != nil {
			return nil, err
		}
	}
	dec, err := opus.NewDecoder(frame.SampleRate)
	if err != nil {
		return nil, err
	}
	r := &Receiver{payloads: payloads, wait: s.reorderWait}
	r.line = newTimeline(dec, s.stallWait, &r.stats, func(f frame.AudioIn) { deliver(f) })
	r.keys = keys{clock: s.eventClock, emit: func(f frame.DTMF) { r.stats.Events++; deliver(f) }}
	return r, nil
}

// Receive takes a packet that came in at the time now. It copies what it keeps. Nothing that a packet may contain
// is an error: what is wrong with it is counted (see Stats).
func (r *Receiver) Receive(p *rtp.Packet, now time.Time) {
	if p == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Received++
	if !r.admit(p, now) {
		r.stats.Foreign++
		return
	}
	k := r.inspect(p, now)
	switch ahead := int16(p.SequenceNumber - r.next); {
	case ahead < 0:
		r.past(p, k, now)
	case ahead == 0:
		r.take(k, p.Timestamp, p.Payload, 0, now)
	case ahead < ringSize:
		if r.ring.has(p.SequenceNumber) {
			r.stats.Duplicated++
			return
		}
		r.ring.put(k, p.SequenceNumber, p.Timestamp, p.Payload, now)
	default:
		r.leap(p, k, now)
	}
	r.release(now)
}

// Tick tells the time: call it every 20 ms, from the beginning of the call to its end. It gives up on missing packets, and
// when nothing comes it fills in what is needed to let media time go on, so that a VAD hears the silence.
func (r *Receiver) Tick(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release(now)
	r.keys.tick(now)
	if r.ring.count == 0 { // else the missing packet may still come, and what waits behind it certainly will
		r.line.tick(now)
	}
}

// Stats returns what was counted so far.
func (r *Receiver) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// admit tells whether the packet is from the speaker that the Receiver listens to.
func (r *Receiver) admit(p *rtp.Packet, now time.Time) bool {
	switch {
	case !r.begun:
		r.begun = true
		r.ssrc, r.next = p.SSRC, p.SequenceNumber
	case p.SSRC == r.ssrc:
	case now.Sub(r.heard) < takeOver:
		return false
	default:
		r.ssrc = p.SSRC
		r.restart(p.SequenceNumber, now)
	}
	r.heard = now
	return true
}

// inspect finds out what a packet brings and handles keys, which need no order.
func (r *Receiver) inspect(p *rtp.Packet, now time.Time) kind {
	switch {
	case p.PayloadType == r.payloads.Opus:
		if len(p.Payload) > 0 {
			return kindAudio
		} // else it is padding, with which senders probe the network
	case p.PayloadType == r.payloads.Events && r.payloads.Events != 0:
		if !r.keys.packet(p.Timestamp, p.Marker, p.Payload, now) {
			r.stats.Malformed++
		}
	default:
		r.stats.Unknown++
	}
	return kindOther
}

// take handles the packet that is next in the sequence, behind a hole of missing ones.
func (r *Receiver) take(k kind, ts uint32, payload []byte, missing int, now time.Time) {
	r.stats.Lost += uint64(missing)
	r.lost += missing
	r.next += uint16(missing) + 1
	r.seen = r.seen<<(missing+1) | 1
	r.stray.good, r.stray.count = now, 0
	if k == kindAudio {
		r.line.packet(ts, payload, r.lost, missing > 0, now)
		r.lost = 0
	}
}

// release handles the packets that need not wait any more: what follows without a hole, and what is behind a
// hole that has been waited for long enough.
func (r *Receiver) release(now time.Time) {
	for r.ring.count > 0 {
		if !r.ring.has(r.next) && now.Sub(r.ring.oldest()) < r.wait {
			return
		}
		r.pop(now)
	}
}

// pop handles the first packet that waits.
func (r *Receiver) pop(now time.Time) {
	seq := r.ring.first(r.next)
	s := r.ring.slot(seq)
	k := s.kind
	r.ring.free(seq)
	r.take(k, s.ts, s.payload, int(seq-r.next), now)
}

// past counts a packet whose turn is over, and notices a sender that began anew.
func (r *Receiver) past(p *rtp.Packet, k kind, now time.Time) {
	seq := p.SequenceNumber
	if back := r.next - 1 - seq; back < 64 && r.seen>>back&1 == 1 {
		r.stats.Duplicated++
		return
	}
	r.stats.Late++
	if seq != r.stray.next {
		r.stray.count = 0
	}
	r.stray.next = seq + 1
	if r.stray.count++; r.stray.count >= strays && now.Sub(r.stray.good) >= strayTime {
		r.restart(seq, now)
		r.take(k, p.Timestamp, p.Payload, 0, now)
	}
}

// leap handles a packet that is too far ahead to wait for what is missing.
func (r *Receiver) leap(p *rtp.Packet, k kind, now time.Time) {
	for r.ring.count > 0 {
		r.pop(now)
	}
	missing := int(p.SequenceNumber - r.next)
	if missing > maxDropout {
		r.restart(p.SequenceNumber, now)
		missing = 0
	}
	r.take(k, p.Timestamp, p.Payload, missing, now)
}

// restart begins a new sequence, keeping the timeline.
func (r *Receiver) restart(seq uint16, now time.Time) {
	for r.ring.count > 0 {
		r.pop(now)
	}
	r.keys.release()
	r.keys.known = false
	r.next, r.seen, r.lost, r.stray.count = seq, 0, 0, 0
	r.line.restart()
}
