package pipeline

import (
	"fmt"
	"time"
)

// WithWatchdog reports, as a Failure and in the log, every stage that has held one frame for longer than limit,
// with its goroutines' stacks. The session goes on: a stage may have its reasons.
func WithWatchdog(limit time.Duration) Option { return func(o *options) { o.watchdog = limit } }

// HeldError says that a stage has held one frame for long.
type HeldError struct {
	For   time.Duration
	Stack string // what the stage's goroutines were doing
}

// Error prints how long; the stack is in Stack.
func (e *HeldError) Error() string { return fmt.Sprintf("has held one frame for %v", e.For) }

// watch looks at all stages now and then, until the session ends.
func (s *Session) watch() {
	limit := s.opts.watchdog
	if limit <= 0 {
		return
	}
	s.watchdog.Lock()
	defer s.watchdog.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	for _, r := range s.stages {
		since := r.busy.Load()
		if since == 0 || since == r.reported || time.Duration(now()-since) < limit {
			continue
		}
		r.reported = since // once for each frame
		err := &HeldError{For: sinceNano(since), Stack: r.stacks()}
		s.log.Warn("pipeline: a stage does not come to an end", "stage", r.wiring.name, "for", err.For, "stack", err.Stack)
		_ = s.broadcast(nil, Failure{Stage: r.wiring.name, Err: err})
	}
	s.watchTimer = time.AfterFunc(limit/2, s.watch) // stopped by cleanUp
}

func (s *Session) stopWatch() {
	s.watchdog.Lock()
	defer s.watchdog.Unlock()
	if s.watchTimer != nil {
		s.watchTimer.Stop()
	}
}
