package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Session is one run of a pipeline. It is safe for concurrent use.
type Session struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	opts   options
	log    *slog.Logger
	stages []*runner
	head   []link   // to the first stages
	out    *Emitter // pushes to head
	label  string   // tells it apart in profiles and stacks

	current    atomic.Pointer[Generation]
	genMu      sync.Mutex // serialises interruptions
	genCount   uint64
	drainTimer *time.Timer
	drainMu    sync.Mutex

	last       atomic.Int32                // stages with nothing behind them that have not seen the End yet
	observers  atomic.Pointer[[]*Observer] // nil if nobody looks on
	observerMu sync.Mutex
	flushes    flushes
	watchdog   sync.Mutex
	watchTimer *time.Timer

	endOnce  sync.Once
	err      error         // why it ended; set before ctx is cancelled
	draining atomic.Bool   // an End was pushed
	done     chan struct{} // closed when all has ended
}

func newSession(parent context.Context, p *Pipeline) *Session {
	s := &Session{opts: p.opts, log: p.opts.log, done: make(chan struct{})}
	if p.opts.id != "" {
		s.log = s.log.With("session", p.opts.id)
	}
	for _, o := range p.opts.observers {
		s.Attach(o)
	}
	s.label = strings.TrimSpace(fmt.Sprintf("%s %p", p.opts.id, s)) // the id is the user's own, and may come twice
	s.out = &Emitter{session: s}
	s.ctx, s.cancel = context.WithCancelCause(parent)
	s.genCount = 1
	s.current.Store(newGeneration(s.ctx, s.genCount, Live))
	for _, n := range p.nodes {
		s.stages = append(s.stages, newRunner(s, n))
	}
	s.head = s.links(p.head)
	for i, n := range p.nodes {
		s.stages[i].next = s.links(n.edges)
		if len(n.edges) == 0 {
			s.last.Add(1)
		}
	}
	return s
}

// Push injects a frame at the head of the pipeline, from outside of any stage. Parts of a response join the
// current generation.
func (s *Session) Push(f Frame) error { return s.out.Push(f) }

// Interrupt does what Emitter.Interrupt does, from outside of any stage.
func (s *Session) Interrupt(reason string) { s.interrupt(nil, reason) }

// Pause stops the playback of the current generation and reports whether it was live.
func (s *Session) Pause() bool { return s.current.Load().move(Live, Paused) }

// Resume lets a paused current generation play on and reports whether it was paused.
func (s *Session) Resume() bool { return s.current.Load().move(Paused, Live) }

// Context ends when the session ends.
func (s *Session) Context() context.Context { return s.ctx }

// Done is closed when the session has ended and everything is cleaned up.
func (s *Session) Done() <-chan struct{} { return s.done }

// Wait blocks until the session has ended and returns why, as Run does.
func (s *Session) Wait() error {
	<-s.done
	return s.err
}

// Drain finishes what is queued and ends the session. A stage must not call it, for it waits for that stage too: it
// pushes an End. If ctx ends before that, the session is aborted. It
// returns what Wait returns.
func (s *Session) Drain(ctx context.Context) error {
	if err := s.Push(End{Reason: "drain"}); err != nil {
		return s.Wait()
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		s.finish(fmt.Errorf("pipeline: drain: %w", context.Cause(ctx)))
	}
	return s.Wait()
}

// finish ends the session with its one terminal result; only the first counts.
func (s *Session) finish(err error) {
	s.endOnce.Do(func() {
		s.err = err
		cause := err
		if cause == nil {
			cause = ErrEnded
		}
		s.cancel(cause)
	})
}

// link is an edge of the graph at work.
type link struct {
	edge
	to *runner
}

func (s *Session) links(edges []edge) []link {
	links := make([]link, len(edges))
	for i, e := range edges {
		links[i] = link{edge: e, to: s.stages[e.to.index]}
	}
	return links
}

// sendAll queues a frame for all stages at the end of the links that want it. gen is the generation that it
// belongs to.
func (s *Session) sendAll(links []link, f Frame, gen *Generation) (err error) {
	t := reflect.TypeOf(f)
	var turned positions
	for i := range links {
		if l := &links[i]; l.wants(f, t, &turned) {
			if e := s.send(l.to, f, gen); e != nil {
				err = e
			}
		}
	}
	return err
}

// send queues a frame for a stage, as its lane says.
func (s *Session) send(to *runner, f Frame, gen *Generation) error {
	if s.ctx.Err() != nil {
		return ErrEnded
	}
	if !to.in.takes(f.lane()) {
		return WithCategory(Misuse, fmt.Errorf("%w: %s gets a %T, but no stage before it is known to make one; declare it with Makes or Making",
			ErrWiring, to.wiring.name, f))
	}
	p := parcel{frame: f, gen: gen}
	if s.observed() {
		p.frame = &timedFrame{Frame: f, queued: now()}
	}
	switch f.lane() {
	case LaneMedia:
		p.gen = nil
		if !to.in.sendMedia(p) {
			s.reportStall(to, p)
		}
	case LaneDurable:
		return s.sendDurable(to, p)
	case LaneResponse:
		if gen.State() == Dead {
			return ErrDeadGeneration
		}
		return to.in.sendResponse(p)
	}
	return nil
}

func (s *Session) sendDurable(to *runner, p parcel) error {
	if to.in.sendDurable(p) {
		return nil
	}
	err := &StageError{Stage: to.wiring.name, Phase: "queue", Err: fmt.Errorf("%w: %d frames that must not be lost wait for it",
		ErrOverflow, durableCapacity)}
	s.finish(err)
	return err
}

// reportStall tells once for each stall that a stage does not keep up with live input.
func (s *Session) reportStall(to *runner, p parcel) {
	if s.observed() {
		p, queued := p.opened()
		e := to.event(FrameDropped, p, queued)
		e.Drop = QueueFull
		s.observe(e)
	}
	if !to.in.stalled.Swap(true) {
		_ = s.broadcast(nil, Failure{Stage: to.wiring.name, Err: fmt.Errorf("%w: live input is dropped until it goes on", ErrOverflow)})
	}
}

// broadcast gives a signal to all stages that handle it, but the one it comes from. What was taken is handled, even
// if the session is ending.
func (s *Session) broadcast(from *runner, f Frame) (err error) {
	for _, r := range s.stages {
		if r == from || r.handlerOf(f) == nil {
			continue
		}
		switch r.mail.put(f) {
		case ErrEnded:
			err = ErrEnded
		case ErrOverflow:
			err = &StageError{Stage: r.wiring.name, Phase: "signal", Err: fmt.Errorf("%w: %d signals wait for it", ErrOverflow, signalCapacity)}
			s.finish(err)
		}
	}
	return err
}

// beginDrain starts the drain deadline. It returns false if an End was pushed before.
func (s *Session) beginDrain() bool {
	s.drainMu.Lock()
	defer s.drainMu.Unlock()
	if s.draining.Swap(true) {
		return false
	}
	limit := s.opts.drain
	for _, r := range s.stages {
		limit = max(limit, r.wiring.drain)
	}
	s.drainTimer = time.AfterFunc(limit, func() { // stopped by the session's end
		s.finish(fmt.Errorf("%w: not drained in %v; busy: %s", ErrDeadline, limit, s.busy()))
	})
	return true
}

func (s *Session) stopDrainTimer() {
	s.drainMu.Lock()
	defer s.drainMu.Unlock()
	s.draining.Store(true) // no timer after the end
	if s.drainTimer != nil {
		s.drainTimer.Stop()
	}
}

// Generation is the current one.
func (s *Session) Generation() *Generation { return s.current.Load() }
