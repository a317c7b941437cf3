package whatsapp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A call that lasts too long is warned in words and then ended, on both sides.
func TestLongestDuration(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.MaxCallDuration, c.LimitWarning = 1200*time.Millisecond, "time is up"
	})
	type warning struct {
		text string
		at   time.Time
	}
	warnings, calls := make(chan warning, 4), make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		return pipeline.New(c.Input(), pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.OnOptional(w, func(_ context.Context, f frame.Say, _ *pipeline.Emitter) error {
				warnings <- warning{f.Text, time.Now()}
				return nil
			})
		}), tone(nil), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	c := next(r, calls)
	next(r, c.Accepted())
	accepted := time.Now()
	w := next(r, warnings)
	if d := w.at.Sub(accepted); w.text != "time is up" || d < 500*time.Millisecond {
		t.Errorf("the warning %q came after %v, want it after 600ms", w.text, d)
	}
	if e := r.ended(call); e.By != whatsapptest.ByBusiness {
		t.Errorf("ended by %v", e.By)
	}
	if d := time.Since(accepted); d < 1100*time.Millisecond {
		t.Errorf("it ended after %v", d)
	}
	next(r, c.Ended())
	if !errors.Is(c.Reason(), whatsapp.ErrTooLong) || len(warnings) > 0 {
		t.Errorf("reason %v, %d more warnings", c.Reason(), len(warnings))
	}
	r.clean()
}
