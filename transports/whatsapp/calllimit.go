package whatsapp

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
)

// DefaultLimitWarning is said when a call is about to reach its longest duration.
const DefaultLimitWarning = "I am sorry, we have to come to an end. This call ends in a moment."

// warnBefore is how long before its end a call of limited duration is warned, or half of its duration if that is shorter.
const warnBefore = 30 * time.Second

// callTimer ends a call that lasts too long, with a warning first. The zero value never does.
type callTimer struct {
	limit   time.Duration
	warning string
	timer   *time.Timer // nil before start, and if there is no limit
	warned  bool
}

// start begins to count, when the call is accepted.
func (t *callTimer) start() {
	if t.limit > 0 && t.timer == nil {
		t.timer = time.NewTimer(t.limit - t.notice())
	}
}

func (t *callTimer) notice() time.Duration { return min(warnBefore, t.limit/2) }

func (t *callTimer) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// C fires twice: for the warning and for the end.
func (t *callTimer) C() <-chan time.Time {
	if t.timer == nil {
		return nil
	}
	return t.timer.C
}

// fired says the warning, or returns why the call has to end.
func (t *callTimer) fired(in *callInput) error {
	if t.warned {
		return fmt.Errorf("%w: the limit is %v", ErrTooLong, t.limit)
	}
	t.warned = true
	t.timer.Reset(t.notice())
	in.deliver(frame.Say{Text: t.warning})
	return nil
}
