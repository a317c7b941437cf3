package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// OverrunError says that a stage did not return within the deadline of a phase. It wraps ErrDeadline.
type OverrunError struct {
	Limit time.Duration
	Stack string // what the stage's goroutines were doing
}

// Error prints the limit; the stack is in Stack.
func (e *OverrunError) Error() string { return fmt.Sprintf("did not return within %v", e.Limit) }

// Unwrap returns ErrDeadline.
func (e *OverrunError) Unwrap() error { return ErrDeadline }

// start runs the OnStart hooks of all stages in parallel, then the loops.
func (s *Session) start() error {
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.start)
	defer cancel()
	h := hooks{ctx: ctx, limit: s.opts.start, failed: func(r *runner, err error) {
		if s.ctx.Err() != nil {
			s.finish(s.aborted()) // a hook that gave up because of that is not the cause
		}
		s.finish(&StageError{Stage: r.wiring.name, Phase: "start", Err: err}) // the others need not go on starting
	}}
	for _, r := range s.stages {
		if r.wiring.start != nil {
			h.call(r, func() error { return r.wiring.start(ctx, r.out) })
		} else {
			r.started.Store(true)
		}
	}
	errs := h.await()
	for i, err := range errs {
		h.calls[i].stage.started.Store(err == nil)
	}
	if errors.Join(errs...) != nil {
		s.cleanUp(nil)
		return s.err
	}
	for _, r := range s.stages {
		go r.loop() // ends with the session, which waits for it
	}
	s.watch()
	context.AfterFunc(s.ctx, s.supervise)
	return nil
}

// supervise cleans up at the end of the session. It begins when the context ends, on a goroutine that Wait waits for.
func (s *Session) supervise() {
	s.finish(s.aborted()) // unless there was a reason before
	s.cleanUp(s.stages)
}

// aborted is the result of a session whose context was cancelled from outside.
func (s *Session) aborted() error { return fmt.Errorf("pipeline: aborted: %w", context.Cause(s.ctx)) }

// cleanUp ends everything: first the response, so that what was heard is known; then the handlers; then the
// signals that are still to be handled; then the stages.
func (s *Session) cleanUp(looping []*runner) {
	defer close(s.done)
	s.stopDrainTimer()
	s.stopWatch()
	s.flush(s.current.Load())
	overruns := s.awaitHandlers(looping)

	ctx, cancel := s.stopDeadline()
	defer cancel()
	errs := overruns
	h := hooks{ctx: ctx, limit: s.opts.stop, failed: func(*runner, error) {}}
	for _, r := range s.stages {
		// Nearly always a stage without the hook has no signal left either, and needs no goroutine.
		if r.started.Load() && (r.wiring.stop != nil || !r.mail.close()) {
			h.call(r, func() error { return r.stop(ctx) })
		}
	}
	for i, err := range h.await() {
		if err != nil {
			errs = append(errs, &StageError{Stage: h.calls[i].stage.wiring.name, Phase: "stop", Err: err})
		}
	}
	if err := errors.Join(errs...); err != nil {
		s.log.Error("pipeline: a stage did not end as it should", "err", err)
		if s.err == nil {
			s.err = err
		}
	}
}

// stop handles the signals that are left and runs the stage's OnStop hook.
func (r *runner) stop(ctx context.Context) error {
	for r.handleSignals(ctx); !r.mail.close(); r.handleSignals(ctx) {
	}
	if r.wiring.stop == nil {
		return nil
	}
	return r.wiring.stop(ctx)
}

// awaitHandlers waits until no handler and no OnFlush hook is at work any more. Who does not come to an end is named,
// and not stopped: its hook must not run beside what it does.
func (s *Session) awaitHandlers(looping []*runner) (overruns []error) {
	ctx, cancel := s.stopDeadline()
	defer cancel()
	overrun := func(r *runner, phase string) {
		r.started.Store(false)
		overruns = append(overruns, &StageError{Stage: r.wiring.name, Phase: phase,
			Err: &OverrunError{Limit: s.opts.stop, Stack: r.stacks()}})
	}
	for _, r := range looping {
		select {
		case <-r.done:
			continue
		case <-ctx.Done():
		}
		select {
		case <-r.done:
		default:
			overrun(r, "handle")
		}
	}
	if s.flushes.close(ctx) {
		return overruns
	}
	for _, r := range s.stages {
		if r.flushing.Load() > 0 && r.started.Load() {
			overrun(r, "flush")
		}
	}
	return overruns
}

// stopDeadline is the time that one phase of the end may take, whatever the phase before took.
func (s *Session) stopDeadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.ctx), s.opts.stop)
}

func now() int64 { return time.Now().UnixNano() }

func sinceNano(t int64) time.Duration { return time.Duration(now() - t).Round(time.Millisecond) }
