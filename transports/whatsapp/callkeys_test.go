package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// keysHeard waits until the user has heard so many keys, and returns all.
func (r *rig) keysHeard(n int) string {
	r.t.Helper()
	var keys strings.Builder
	_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool {
		if e.Kind == whatsapptest.EventDTMF {
			keys.WriteString(e.Detail)
		}
		return keys.Len() == n
	})
	must(r.t, err)
	return keys.String()
}

// Keys go out in both kinds of calls, also while the bot speaks, which goes on behind them.
func TestBotPressesKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.meta.Permit(ada, true)
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		return beep(ctx, c)
	})
	t.Run("in a call of the user", func(t *testing.T) {
		phone := r.answered(ada)
		c := next(r, calls)
		next(r, c.Accepted())
		_, err := phone.WaitSpeech(r.ctx(), 0)
		must(t, err)
		must(t, c.SendDTMF(r.ctx(), "15#"))
		if got := r.keysHeard(3); got != "15#" {
			t.Errorf("heard %q", got)
		}
		_, err = phone.WaitSpeech(r.ctx(), phone.Clock())
		must(t, err)
		must(t, phone.HangUp(r.ctx()))
		next(r, c.Ended())
		if err := c.SendDTMF(r.ctx(), "1"); !errors.Is(err, whatsapp.ErrKeys) {
			t.Errorf("after the call: %v", err)
		}
	})
	t.Run("in a call of the bot", func(t *testing.T) {
		c, phone := r.dialled()
		next(r, calls)
		if err := c.SendDTMF(r.ctx(), "1"); !errors.Is(err, whatsapp.ErrKeys) {
			t.Errorf("while it rings: %v", err)
		}
		must(t, phone.PickUp(r.ctx()))
		next(r, c.Accepted())
		must(t, c.SendDTMF(r.ctx(), "*0D"))
		if got := r.keysHeard(6); got != "15#*0D" {
			t.Errorf("heard %q", got)
		}
		if err := c.SendDTMF(r.ctx(), "1x"); !errors.Is(err, whatsapp.ErrKeys) {
			t.Errorf("no keys: %v", err)
		}
		if err := c.SendDTMF(r.ctx(), strings.Repeat("1", 129)); !errors.Is(err, whatsapp.ErrKeys) {
			t.Errorf("too many: %v", err)
		}
		must(t, c.SendDTMF(r.ctx(), ""))
		// Keys that nobody waits for any more are not pressed.
		gone, cancel := context.WithCancel(r.ctx())
		cancel()
		if err := c.SendDTMF(gone, strings.Repeat("2", 128)); !errors.Is(err, context.Canceled) {
			t.Errorf("nobody waits: %v", err)
		}
		must(t, c.SendDTMF(r.ctx(), "9"))
		if got := r.keysHeard(len("15#*0D") + 1); got[len(got)-1] != '9' && got[len(got)-1] != '2' {
			t.Errorf("heard %q", got)
		}
		must(t, phone.HangUp(r.ctx()))
	})
	r.clean()
}

// The call ends while keys are being pressed.
func TestCallEndsUnderTheKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error { calls <- c; <-ctx.Done(); return nil })
	phone := r.answered(ada)
	c := next(r, calls)
	next(r, c.Accepted())
	sent := make(chan error, 1)
	go func() { sent <- c.SendDTMF(context.WithoutCancel(r.ctx()), strings.Repeat("1", 100)) }() // ends with the call
	r.keysHeard(1)
	must(t, phone.HangUp(r.ctx()))
	if err := next(r, sent); !errors.Is(err, whatsapp.ErrKeys) || !errors.Is(err, whatsapp.ErrUserHungUp) {
		t.Errorf("got %v", err)
	}
}
