package whatsapp_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A call over a bad network goes on, both sides are heard, and what the network did is accounted for.
func TestBadNetworkBothWays(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		if got := c.Reception(); got != (rtpaudio.Stats{}) {
			t.Errorf("before the call is accepted: %+v", got)
		}
		calls <- c
		return beep(ctx, c)
	})
	link := whatsapptest.Link{Loss: 0.1, Jitter: 30 * time.Millisecond, Repeat: 0.05, Reorder: 0.05, Seed: 3}
	call := r.answered(ada, whatsapptest.WithLink(link), whatsapptest.WithDownlink(link))
	c := next(r, calls)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	_, err = call.Say(r.ctx(), sine(3*time.Second, 300))
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	next(r, c.Ended())
	in, out := c.Reception(), call.Reception()
	t.Logf("the bot's side: %+v", in)
	t.Logf("the user's side: %+v", out)
	for side, s := range map[string]rtpaudio.Stats{"bot": in, "user": out} {
		if s.Received < 100 || s.Lost == 0 || s.Recovered == 0 || s.Lost != s.Recovered+s.Concealed {
			t.Errorf("the %s's side: %+v", side, s)
		}
	}
	// Packets that come twice to the bot are dropped where they are decrypted.
	if in.Duplicated != 0 || out.Duplicated == 0 {
		t.Errorf("duplicates: %d came through to the bot, %d to the user", in.Duplicated, out.Duplicated)
	}
	r.clean()
}

// Sequence numbers and timestamps that wrap around in a call lose nothing.
func TestNumbersWrapInACall(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		return beep(ctx, c)
	})
	call := r.answered(ada, whatsapptest.WithRTPStart(65500, 1<<32-960*30))
	c := next(r, calls)
	_, err := call.Say(r.ctx(), sine(2*time.Second, 300))
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	next(r, c.Ended())
	if s := c.Reception(); s.Received < 90 || s.Lost+s.Restarts+s.Malformed+s.Late != 0 {
		t.Errorf("reception: %+v", s)
	}
	r.clean()
}
