package pipeline

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// runner is one stage at work: the goroutine that calls its handlers, and the queues into it.
type runner struct {
	session                                    *Session
	wiring                                     *Wiring
	node                                       *node
	next                                       []link // to the stages behind it; none for a last stage
	gate                                       int    // how many of the node's gates the End has reached
	ends                                       int    // how many Ends are still to come, one on each edge into the stage
	in                                         *hop
	mail                                       *mailbox
	out                                        *Emitter // belongs to no generation
	ofGen                                      *Emitter // belongs to the generation of the last frame that had one; used by the loop alone
	started                                    atomic.Bool
	labels                                     context.Context // of its goroutines
	flushing                                   atomic.Int32    // how many of its OnFlush hooks run
	busy                                       atomic.Int64    // Unix nanoseconds since when a handler is at work, busyUntimed, or 0
	queued                                     int64           // when the frame in hand was queued, if that is known; used by the loop alone
	reported                                   int64           // of which frame the watchdog has told, by its time in busy
	handled, passed, signals, responsesDropped atomic.Uint64
	done                                       chan struct{}
}

func newRunner(s *Session, n *node) *runner {
	r := &runner{session: s, wiring: n.wiring, node: n, ends: n.incoming, in: newHop(n.lanes), mail: newMailbox(), done: make(chan struct{})}
	r.out = &Emitter{session: s, stage: r}
	r.ofGen = r.out
	r.labels = labelled(s.ctx, s.label, n.wiring.name)
	return r
}

// loop handles frames and signals until the session ends. The session waits for it.
func (r *runner) loop() {
	pprof.SetGoroutineLabels(r.labels)
	returned := false
	defer func() {
		if !returned { // a handler called runtime.Goexit, as t.FailNow does
			r.busy.Store(0)
			r.session.finish(&StageError{Stage: r.wiring.name, Phase: "handle", Err: errGoexit})
		}
		close(r.done)
	}()
	for r.step() {
	}
	returned = true
}

var errGoexit = errors.New("a handler ended the stage's goroutine")

// step handles one frame or what is in the mailbox. It returns false at the end of the session.
func (r *runner) step() bool {
	select {
	case p := <-r.in.ch: // as in the select below, and much cheaper
		return r.take(p)
	default:
	}
	select {
	case p := <-r.in.ch:
		return r.take(p)
	case <-r.mail.wake:
		r.handleSignals(r.session.ctx)
	case <-r.session.ctx.Done():
		return false
	}
	return true
}

// take deals with a frame that was received, and with the signals before it.
func (r *runner) take(p parcel) bool {
	r.in.took(p)
	if r.session.ctx.Err() != nil {
		return false
	}
	r.handleSignals(r.session.ctx) // a signal that was sent before the frame is handled before it
	p, r.queued = p.opened()
	r.handle(p)
	return true
}

func (r *runner) handlerOf(f Frame) *handler { return r.wiring.lookup(reflect.TypeOf(f)) }

// handle deals with one frame of the stream.
func (r *runner) handle(p parcel) {
	if p.frame.lane() == LaneResponse && p.gen.State() == Dead {
		r.responsesDropped.Add(1)
		if r.session.observed() {
			e := r.event(FrameDropped, p, r.queued)
			e.Drop = DeadFrame
			r.session.observe(e)
		}
		return
	}
	end, isEnd := p.frame.(End)
	if isEnd && !r.endReady(end) {
		return
	}
	if h := r.handlerOf(p.frame); h != nil {
		ctx := r.session.ctx
		if p.gen != nil && !isEnd {
			ctx = p.gen.ctx
		}
		r.handled.Add(1)
		r.call(ctx, h, p, "handle")
	} else if !isEnd {
		r.passed.Add(1)
		if r.session.observed() {
			r.session.observe(r.event(FramePassed, p, r.queued))
		}
		_ = r.session.sendAll(r.next, p.frame, p.gen) // it keeps the generation that it was pushed in
	}
	if isEnd {
		r.passEnd(end)
		for _, g := range r.node.gates {
			r.releaseEnd(g.s, g.endHandled(), end)
		}
	}
}

// endReady reports whether the stage may handle the End: when it has come on all edges and, at the first stage of a
// Switch's choice, when the choice's time has come. The outermost Switch decides first.
func (r *runner) endReady(end End) bool {
	if r.ends > 0 {
		if r.ends--; r.ends > 0 {
			return false
		}
	}
	if r.gate == len(r.node.gates) {
		return true
	}
	g := r.node.gates[len(r.node.gates)-1-r.gate]
	r.gate++
	r.releaseEnd(g.s, g.holdEnd(), end)
	return false
}

// releaseEnd sends the End to the first stages of a Switch's choice once more.
func (r *runner) releaseEnd(s *Switch, choice int, end End) {
	if choice < 0 {
		return
	}
	for _, n := range s.heads[choice] {
		_ = r.session.send(r.session.stages[n.index], end, r.session.current.Load())
	}
}

// passEnd hands on the End, whatever the stage's handler did; the last stage ends the session.
func (r *runner) passEnd(end End) {
	if len(r.next) > 0 {
		_ = r.session.sendAll(r.next, end, r.session.current.Load())
	} else if r.session.last.Add(-1) == 0 {
		r.session.finish(nil)
	}
}

// handleSignals empties the mailbox.
func (r *runner) handleSignals(ctx context.Context) {
	for {
		f, ok := r.mail.take()
		if !ok {
			return
		}
		r.signals.Add(1)
		r.call(ctx, r.handlerOf(f), parcel{frame: f}, "signal")
	}
}

// busyUntimed is a time in runner.busy that nobody has looked up.
const busyUntimed = 1

// call runs a handler and deals with its error, unless what it worked for is over anyway.
func (r *runner) call(ctx context.Context, h *handler, p parcel, phase string) {
	began, observed := int64(busyUntimed), r.session.observed()
	if observed || r.session.opts.watchdog > 0 {
		began = now() // only then: it is a good part of what a frame costs
	}
	r.busy.Store(began)
	err := r.invoke(ctx, h, p)
	r.busy.Store(0)
	if observed {
		queued := r.queued
		if p.frame.lane() == LaneSignal {
			queued = 0
		}
		e := r.event(FrameHandled, p, queued)
		e.Began, e.Ended, e.Err = time.Unix(0, began), time.Now(), err
		r.session.observe(e)
	}
	if err == nil {
		return
	}
	_, panicked := err.(*PanicError)
	if !panicked && r.overAnyway(ctx, err) {
		return
	}
	fault := &StageError{Stage: r.wiring.name, Phase: phase, Err: err}
	switch {
	case panicked || CategoryOf(err) == Misuse:
	case r.node.policy == SkipFrame:
		_ = r.session.broadcast(nil, Failure{Stage: r.wiring.name, Err: err})
		return
	case r.node.policy == SwitchOver && len(r.node.turns) > 0:
		for _, place := range r.node.turns {
			if r.switchOver(place, fault, p) {
				return
			}
		}
		fault.Err = fmt.Errorf("%w; the last with: %w", errNoChoiceLeft, err)
	}
	r.session.finish(fault)
}

// overAnyway reports whether nobody cares for an error, because what the handler worked for is over. A Switch does care
// for a fault that only happened to come with an interruption.
func (r *runner) overAnyway(ctx context.Context, err error) bool {
	cancelled := errors.Is(err, ErrDeadGeneration) || errors.Is(err, context.Canceled)
	switch {
	case errors.Is(err, ErrDeadGeneration) || r.session.ctx.Err() != nil:
		return true
	case errors.Is(err, ErrEnded) && r.session.draining.Load():
		return true // it pushed to the head, which an End had closed meanwhile
	case r.node.policy == SwitchOver:
		return cancelled && ctx.Err() != nil
	}
	return ctx.Err() != nil
}

// switchOver turns a Switch around the stage to its next choice and hands it the frame that this one failed on.
func (r *runner) switchOver(place *choiceOf, fault *StageError, p parcel) bool {
	from, to, ok := place.next()
	if !ok {
		return false
	}
	_ = r.session.broadcast(nil, Failure{Stage: r.wiring.name, Err: fmt.Errorf("%w; switched from %s to %s", fault.Err, from, to)})
	s := place.s
	if p.frame.lane() == LaneSignal || !slices.Contains(s.heads[place.choice], r.node) {
		return true
	}
	for _, n := range s.heads[s.Active()] {
		if n.reach.has(reflect.TypeOf(p.frame)) {
			_ = r.session.send(r.session.stages[n.index], p.frame, p.gen)
		}
	}
	return true
}

func (r *runner) invoke(ctx context.Context, h *handler, p parcel) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return h.call(ctx, p.frame, r.emitter(p))
}

// emitter returns the one for a frame; it is kept for the next frame of the same kind.
func (r *runner) emitter(p parcel) *Emitter {
	if p.gen == nil {
		return r.out
	}
	var inHand reflect.Type
	if p.frame.lane() == LaneDurable {
		inHand = reflect.TypeOf(p.frame)
	}
	if e := r.ofGen; e.gen != p.gen || e.inHand != inHand || e.interrupted.Load() {
		r.ofGen = &Emitter{session: r.session, stage: r, gen: p.gen, inHand: inHand}
	}
	return r.ofGen
}

// busy names the stages that are in a handler, and for how long where that is known.
func (s *Session) busy() string {
	var names []string
	for _, r := range s.stages {
		switch since := r.busy.Load(); since {
		case 0:
		case busyUntimed:
			names = append(names, r.wiring.name)
		default:
			names = append(names, fmt.Sprintf("%s (for %v)", r.wiring.name, sinceNano(since)))
		}
	}
	if len(names) == 0 {
		return "no stage"
	}
	return strings.Join(names, ", ")
}
