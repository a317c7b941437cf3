package pipeline

import (
	"context"
	"fmt"
	"log/slog"
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
	head   *runner // the first stage

	current    atomic.Pointer[Generation]
	genMu      sync.Mutex // serialises interruptions
	genCount   uint64
	drainTimer *time.Timer
	drainOnce  sync.Once
	drainMu    sync.Mutex

	endOnce sync.Once
	err     error         // why it ended; set before ctx is cancelled
	deaf    atomic.Bool   // signals are no longer taken
	done    chan struct{} // closed when all has ended
}

func newSession(parent context.Context, p *Pipeline) *Session {
	s := &Session{opts: p.opts, log: p.opts.log, done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(parent)
	s.genCount = 1
	s.current.Store(newGeneration(s.ctx, s.genCount))
	reach := reaches(p.stages)
	for i, w := range p.stages {
		s.stages = append(s.stages, newRunner(s, w, reach[i]))
		if i > 0 {
			s.stages[i-1].next = s.stages[i]
		}
	}
	s.head = s.stages[0]
	return s
}

// Push injects a frame at the head of the pipeline, from outside of any stage. Parts of a response join the
// current generation.
func (s *Session) Push(f Frame) error { return (&Emitter{session: s}).Push(f) }

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

// Drain finishes what is queued and ends the session. If ctx ends before that, the session is aborted. It
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

// send queues a frame for a stage, as its lane says. gen is that of the frame in hand, or nil.
func (s *Session) send(to *runner, f Frame, gen *Generation) error {
	if s.ctx.Err() != nil {
		return ErrEnded
	}
	switch f.lane() {
	case LaneMedia:
		if !to.in.sendMedia(parcel{frame: f}) {
			s.reportStall(to)
		}
	case LaneDurable:
		if _, ok := f.(End); ok {
			s.armDrain()
		}
		return s.sendDurable(to, parcel{frame: f, gen: s.current.Load()})
	case LaneResponse:
		if gen == nil {
			gen = s.current.Load()
		}
		if gen.State() == Dead {
			return ErrDeadGeneration
		}
		return to.in.sendResponse(parcel{frame: f, gen: gen})
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
func (s *Session) reportStall(to *runner) {
	if !to.in.stalled.Swap(true) {
		_ = s.broadcast(nil, Failure{Stage: to.wiring.name, Err: fmt.Errorf("%w: live input is dropped until it goes on", ErrOverflow)})
	}
}

// broadcast gives a signal to all stages that handle it, but the one it comes from.
func (s *Session) broadcast(from *runner, f Frame) error {
	if s.deaf.Load() {
		return ErrEnded
	}
	for _, r := range s.stages {
		if r == from || r.handlerOf(f) == nil {
			continue
		}
		if !r.mail.put(f) {
			s.finish(&StageError{Stage: r.wiring.name, Phase: "signal", Err: fmt.Errorf("%w: %d signals wait for it", ErrOverflow, signalCapacity)})
		}
	}
	return nil
}

// armDrain begins the drain deadline at the first End.
func (s *Session) armDrain() {
	s.drainOnce.Do(func() {
		s.drainMu.Lock()
		defer s.drainMu.Unlock()
		s.drainTimer = time.AfterFunc(s.opts.drain, func() {
			s.finish(fmt.Errorf("%w: not drained in %v; busy: %s", ErrDeadline, s.opts.drain, s.busy()))
		})
	})
}

func (s *Session) disarmDrain() {
	s.drainOnce.Do(func() {}) // no timer after the end
	s.drainMu.Lock()
	defer s.drainMu.Unlock()
	if s.drainTimer != nil {
		s.drainTimer.Stop()
	}
}
