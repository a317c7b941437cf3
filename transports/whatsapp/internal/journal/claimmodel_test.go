package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// nodesStep is one thing that happens to some bots on one store.
type nodesStep struct {
	kind string
	node int
	id   int
	mode string
	wait time.Duration
}

// Whatever happens to several bots on one store, whichever of them gets a message, and however often: no message is
// answered twice, and each of which one of them said that it has it is answered, or known to have been begun.
func TestModelOfSeveralNodes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) nodesStep {
			return nodesStep{
				kind: rapid.SampledFrom([]string{"message", "message", "message", "message", "both", "both", "wait", "weather", "crash", "restart"}).Draw(t, "kind"),
				node: rapid.IntRange(0, nodesOfModel-1).Draw(t, "node"),
				id:   rapid.IntRange(0, 7).Draw(t, "id"),
				mode: rapid.SampledFrom(weathers).Draw(t, "mode"),
				wait: time.Duration(rapid.IntRange(0, 3000).Draw(t, "wait")) * time.Millisecond,
			}
		}), 5, 50).Draw(rt, "steps")
		w := &nodesWorld{store: newFaulty(), acked: map[string]bool{}, answers: map[string]int{}, unsure: map[string]bool{}}
		w.weather = &weather{random: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "fortune"), 1)), mode: "brisk"}
		synctest.Test(t, func(*testing.T) { w.run(steps) })
		for id, n := range w.answers {
			if n > 1 {
				rt.Errorf("%s was answered %d times", id, n)
			}
		}
		for id := range w.acked {
			if w.answers[id] == 0 && !w.unsure[id] {
				rt.Errorf("%s is lost", id)
			}
		}
	})
}

const nodesOfModel = 2

// nodesWorld is the history of some bots.
type nodesWorld struct {
	store *faulty
	*weather
	nodes [nodesOfModel]*modelNode

	model   sync.Mutex
	acked   map[string]bool // somebody said that it has it
	answers map[string]int
	unsure  map[string]bool // it was begun by a process that died
}

// modelNode is a process of a bot.
type modelNode struct {
	*Journal
	wire  *wire
	calls sync.WaitGroup
	dead  chan struct{} // closed when the process dies
}

func (w *nodesWorld) run(steps []nodesStep) {
	for n := range w.nodes {
		w.start(n)
	}
	for _, s := range steps {
		switch s.kind {
		case "message":
			w.deliver(s.node, s.id)
		case "both":
			for n := range w.nodes {
				w.deliver(n, s.id)
			}
		case "wait":
			time.Sleep(s.wait)
		case "weather":
			w.set(s.mode)
		case "crash":
			w.crash(s.node)
			w.start(s.node)
		case "restart":
			p := w.nodes[s.node]
			close(p.dead)
			p.calls.Wait()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			_ = p.Close(ctx)
			cancel()
			w.start(s.node)
		}
	}
	w.set("fair")
	time.Sleep(5 * time.Minute) // what is undecided is decided, and Meta gives up
	for n := range w.nodes {
		w.crash(n)
		w.start(n)
	}
	time.Sleep(5 * time.Minute)
	for n := range w.nodes {
		w.crash(n)
	}
	time.Sleep(time.Minute) // until what was on its way has arrived
}

func (w *nodesWorld) crash(n int) {
	p := w.nodes[n]
	p.wire.sever()
	close(p.dead)
	kill(p.Journal)
	p.calls.Wait()
}

// start opens a node's journal and takes up what is in it.
func (w *nodesWorld) start(n int) {
	p := &modelNode{wire: newWire(w.store, w.weather), dead: make(chan struct{})}
	for p.Journal == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		j, err := open(ctx, common{p.wire}, fmt.Sprint("node", n), quiet, usualLimits())
		cancel()
		if err != nil {
			w.set("fair")
			continue
		}
		p.Journal = j
	}
	w.nodes[n] = p
	for _, i := range p.Items() {
		if i.Begun {
			w.model.Lock()
			w.unsure[i.ID] = true
			w.model.Unlock()
			p.Settle(Message, i.ID)
			continue
		}
		p.calls.Go(func() { w.answer(p, i.ID) }) // ends as answer does
	}
}

// deliver has a node get a message, as Meta repeats it: until the node says that it has it, or some minutes are over.
func (w *nodesWorld) deliver(n, number int) {
	p, id := w.nodes[n], fmt.Sprint("m", number)
	p.calls.Go(func() { // ends when the node has it, or dies
		for range 60 {
			isNew, err := p.Accept([]Item{message(id)})
			if err == nil {
				w.model.Lock()
				w.acked[id] = true
				w.model.Unlock()
			}
			if len(isNew) == 1 && isNew[0] {
				w.answer(p, id)
			}
			if err == nil || p.sleep(2*time.Second) {
				return
			}
		}
	})
}

// sleep waits, and reports whether the process has died.
func (p *modelNode) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return false
	case <-p.dead:
		return true
	}
}

// answer does as a bot does with a message that its journal has.
func (w *nodesWorld) answer(p *modelNode, id string) {
	for {
		mine, err := p.Claim(context.Background(), Message, id)
		if err == nil && !mine {
			p.Settle(Message, id)
			return
		}
		if err == nil {
			break
		}
		if p.sleep(time.Second) {
			return
		}
	}
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		err := p.Begin(ctx, Message, id)
		cancel()
		if err == nil {
			break
		}
		if errors.Is(err, ErrClosed) || errors.Is(err, ErrTaken) || p.sleep(time.Second) {
			return
		}
	}
	select {
	case <-p.dead:
		return // before it was sent
	default:
	}
	w.model.Lock()
	w.answers[id]++
	w.model.Unlock()
	p.Settle(Message, id)
}
