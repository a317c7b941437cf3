package openai

import (
	"context"
	"fmt"
	"time"
)

// lateError is the cause of a context that a guard has ended.
type lateError struct {
	phase string
	limit time.Duration
}

func (e *lateError) Error() string { return fmt.Sprintf("no %s within %v", e.phase, e.limit) }

// guard ends a context when the next step of an answer takes too long. It belongs to one goroutine.
type guard struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newGuard(cancel context.CancelCauseFunc) *guard { return &guard{cancel: cancel} }

// await gives the next step its time; the step before has come.
func (g *guard) await(phase string, limit time.Duration) {
	if g.timer != nil {
		g.timer.Stop()
	}
	g.timer = time.AfterFunc(limit, func() { g.cancel(&lateError{phase, limit}) })
}

// stop ends the watch.
func (g *guard) stop() {
	if g.timer != nil {
		g.timer.Stop()
	}
}
