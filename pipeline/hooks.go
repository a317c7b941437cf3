package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"time"
)

// hooks are hooks of several stages at work, each on a goroutine of its own, within one deadline.
type hooks struct {
	ctx    context.Context // ends at the deadline
	limit  time.Duration   // until then, for the errors
	failed func(*runner, error)
	calls  []hookCall
}

type hookCall struct {
	stage *runner
	done  chan error // has the result
}

// call starts a stage's hook. If it fails, that is told to failed at once.
func (h *hooks) call(r *runner, hook func() error) {
	c := hookCall{r, make(chan error, 1)}
	h.calls = append(h.calls, c)
	go func() { // ends when the hook returns; await gives it up if it does not
		pprof.SetGoroutineLabels(r.labels)
		err := protect(hook)
		if err != nil && errors.Is(h.ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("%w (%v): %w", ErrDeadline, h.limit, err)
		}
		if err != nil {
			h.failed(r, err)
		}
		c.done <- err
	}()
}

// await waits for all hooks until the context ends, and a little longer, so that one that heeds it can tell its own error.
// One that does not return then is given up: its goroutine is the stage's fault, and the error has its stack. The
// errors are in the order of the calls.
func (h *hooks) await() []error {
	errs := make([]error, len(h.calls))
	var patience context.Context
	for i, c := range h.calls {
		select {
		case errs[i] = <-c.done:
			continue
		case <-h.ctx.Done():
		}
		if patience == nil {
			var cancel context.CancelFunc
			patience, cancel = context.WithTimeout(context.WithoutCancel(h.ctx), FlushGrace)
			defer cancel()
		}
		select {
		case errs[i] = <-c.done:
		case <-patience.Done():
			errs[i] = &OverrunError{Limit: h.limit, Stack: c.stage.stacks()}
			h.failed(c.stage, errs[i])
		}
	}
	return errs
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
