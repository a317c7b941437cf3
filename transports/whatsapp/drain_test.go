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

// While the bot drains, the call that runs goes on and another is rejected; the drain ends with the call.
func TestDrainLetsCallsFinish(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	first := r.answered(ada)
	drained := make(chan error, 1)
	go func() { drained <- r.bot.Drain(r.ctx()) }()
	for r.bot.Health().Status != "degraded" { // until the drain has begun
		<-time.After(time.Millisecond)
	}
	second, err := r.meta.Call(r.ctx(), whatsapptest.User{WaID: "15558880000"})
	must(t, err)
	if e := r.ended(second); e.By != whatsapptest.ByBusiness || e.Duration != 0 {
		t.Errorf("the second call: %+v", e)
	}
	_, err = first.WaitSpeech(r.ctx(), 0)
	must(t, err)
	select {
	case err := <-drained:
		t.Fatalf("the drain did not wait for the call: %v", err)
	default:
	}
	must(t, first.HangUp(r.ctx()))
	must(t, next(r, drained))
	r.clean()
}

// When the time is up, callers hear a goodbye.
func TestDrainSaysGoodbye(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Goodbye = "so long" })
	said := make(chan string, 4)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		return pipeline.New(c.Input(), pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.OnOptional(w, func(_ context.Context, f frame.Say, _ *pipeline.Emitter) error {
				said <- f.Text
				return nil
			})
		}), tone(nil), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	ctx, cancel := context.WithCancel(r.ctx())
	cancel()
	drained := make(chan error, 1)
	go func() { drained <- r.bot.Drain(ctx) }()
	if text := next(r, said); text != "so long" {
		t.Errorf("the bot says %q", text)
	}
	if err := next(r, drained); !errors.Is(err, context.Canceled) {
		t.Errorf("the drain ended with %v although the call runs", err)
	}
	must(t, call.HangUp(r.ctx()))
}
