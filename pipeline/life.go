package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// OverrunError says that a stage did not return within the deadline of a phase. It wraps ErrDeadline.
type OverrunError struct {
	Limit time.Duration
	Stack string // what the stage's goroutine was doing
}

// Error prints the limit; the stack is in Stack.
func (e *OverrunError) Error() string { return fmt.Sprintf("did not return within %v", e.Limit) }

// Unwrap returns ErrDeadline.
func (e *OverrunError) Unwrap() error { return ErrDeadline }

// start runs the OnStart hooks of all stages in parallel, then the loops.
func (s *Session) start() error {
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.start)
	defer cancel()
	if err := s.eachStage(func(r *runner) error {
		if r.wiring.start != nil {
			err := within(ctx, s.opts.start, func() error { return r.wiring.start(ctx, r.out) })
			if err != nil {
				err = &StageError{Stage: r.wiring.name, Phase: "start", Err: err}
				if s.ctx.Err() != nil {
					s.finish(s.aborted()) // a hook that gave up because of that is not the cause
				}
				s.finish(err) // the others need not go on starting
				return err
			}
		}
		r.started.Store(true)
		return nil
	}); err != nil {
		s.cleanUp(nil)
		return s.err
	}
	for _, r := range s.stages {
		looping := make(chan struct{})
		go func() {
			r.goid = goroutineID()
			close(looping)
			r.loop()
		}()
		<-looping
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
	err := s.eachStage(func(r *runner) error {
		if !r.started.Load() {
			return nil
		}
		if err := within(ctx, s.opts.stop, func() error {
			for r.handleSignals(ctx); !r.mail.close(); r.handleSignals(ctx) {
			}
			if r.wiring.stop == nil {
				return nil
			}
			return r.wiring.stop(ctx)
		}); err != nil {
			return &StageError{Stage: r.wiring.name, Phase: "stop", Err: err}
		}
		return nil
	})
	if err = errors.Join(append(overruns, err)...); err != nil {
		s.log.Error("pipeline: a stage did not end as it should", "err", err)
		if s.err == nil {
			s.err = err
		}
	}
}

// awaitHandlers waits until no handler and no OnFlush hook is at work any more. Who does not come to an end is named,
// and not stopped: its hook must not run beside what it does.
func (s *Session) awaitHandlers(looping []*runner) (overruns []error) {
	ctx, cancel := s.stopDeadline()
	defer cancel()
	overrun := func(r *runner, phase string, goroutine uint64) {
		r.started.Store(false)
		overruns = append(overruns, &StageError{Stage: r.wiring.name, Phase: phase,
			Err: &OverrunError{Limit: s.opts.stop, Stack: stackOf(goroutine)}})
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
			overrun(r, "handle", r.goid)
		}
	}
	if s.flushes.close(ctx) {
		return overruns
	}
	for _, r := range s.stages {
		if r.flushing.Load() > 0 && r.started.Load() {
			overrun(r, "flush", r.flushGoid.Load())
		}
	}
	return overruns
}

// stopDeadline is the time that one phase of the end may take, whatever the phase before took.
func (s *Session) stopDeadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.ctx), s.opts.stop)
}

// eachStage runs f for all stages in parallel and waits for all.
func (s *Session) eachStage(f func(r *runner) error) error {
	errs := make([]error, len(s.stages))
	var wg sync.WaitGroup
	for i, r := range s.stages {
		wg.Go(func() { errs[i] = f(r) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// within runs f on a goroutine of its own and waits for it until ctx ends. An f that never returns is given up:
// its goroutine is the stage's fault, and the error has its stack.
func within(ctx context.Context, limit time.Duration, f func() error) error {
	done := make(chan error, 1)
	id := make(chan uint64, 1)
	go func() {
		id <- goroutineID()
		done <- protect(f)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// A hook that heeds its context returns now; give it the chance, so that its own error is told.
	grace := time.NewTimer(FlushGrace)
	defer grace.Stop()
	select {
	case err := <-done:
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%w (%v): %w", ErrDeadline, limit, err)
		}
		return err
	case <-grace.C:
		return &OverrunError{Limit: limit, Stack: stackOf(<-id)}
	}
}

// protect turns a panic of f into an error.
func protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}

// goroutineID reads the running goroutine's number from the head of its stack, "goroutine 42 [running]:". Only
// stackOf uses it.
func goroutineID() uint64 {
	var buf [32]byte
	fields := bytes.Fields(buf[:runtime.Stack(buf[:], false)])
	if len(fields) < 2 {
		return 0
	}
	id, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return id
}

// stackOf returns the stack of one goroutine out of all.
func stackOf(id uint64) string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	head := []byte(fmt.Sprintf("goroutine %d ", id))
	for _, one := range bytes.Split(buf, []byte("\n\n")) {
		if bytes.HasPrefix(one, head) {
			return string(one)
		}
	}
	return ""
}

func now() int64 { return time.Now().UnixNano() }

func sinceNano(t int64) time.Duration { return time.Duration(now() - t).Round(time.Millisecond) }
