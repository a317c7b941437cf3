package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// toAda is Ada as the bot knows her when it calls: a number.
var toAda = webhook.User{Phone: ada.WaID}

// dialled lets the bot call Ada and returns both ends.
func (r *rig) dialled(opts ...whatsapp.CallOption) (*whatsapp.Call, *whatsapptest.Call) {
	r.t.Helper()
	c, err := r.bot.Call(r.ctx(), toAda, opts...)
	must(r.t, err)
	phone, err := r.meta.WaitCall(r.ctx(), ada)
	must(r.t, err)
	if c.ID() != phone.ID() {
		r.t.Fatalf("the bot's call is %q, the phone's %q", c.ID(), phone.ID())
	}
	return c, phone
}

// state waits until a call is in a state, and fails if it ends before.
func (r *rig) state(c *whatsapp.Call, want whatsapp.State) {
	r.t.Helper()
	for deadline := time.Now().Add(limit); c.State() != want; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) || c.State() == whatsapp.Ended {
			r.t.Fatalf("the call is %v, want %v; it ended because of %v", c.State(), want, c.Reason())
		}
	}
}

// The whole way of a call that the bot places, for everything that Meta's side may do differently.
func TestBotCallsUser(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]whatsapptest.Outgoing{
		"as usual":                                        {},
		"webhooks before the answer":                      {WebhooksFirst: true},
		"the user is faster than Meta's answer":           {AnswerLate: true},
		"no status while it rings":                        {NoRinging: true},
		"Meta begins the handshake":                       {Setup: whatsapptest.AnswerActive},
		"it takes a while":                                {ConnectAfter: 100 * time.Millisecond, RingAfter: 50 * time.Millisecond},
		"webhooks first, and Meta shakes hands":           {WebhooksFirst: true, Setup: whatsapptest.AnswerActive},
		"Meta says it begins the handshake, and does not": {Setup: whatsapptest.AnswerActiveDeaf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, whatsapptest.WithOutgoing(o))
			r.meta.Permit(ada, true)
			r.bot.OnCall(beep)
			c, phone := r.dialled(whatsapp.WithOpaqueData("ticket-9"))
			if c.Direction() != webhook.BusinessInitiated || c.From().Phone != ada.WaID || c.Offer().Opaque != "ticket-9" {
				t.Errorf("the call is %+v", c.Offer())
			}
			if !o.NoRinging {
				next(r, c.Rings())
			}
			if !o.AnswerLate {
				r.state(c, whatsapp.Linked)
				// Silence flows, for the relay waits for a packet; but the bot has not said a word.
				_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool { return e.Kind == whatsapptest.EventFirstPacket })
				must(t, err)
				if n := len(phone.Speech()); n > 0 {
					t.Error("the bot speaks while the phone rings")
				}
			}
			select {
			case <-c.Accepted():
				t.Error("the call counts as accepted while the phone rings")
			default:
			}
			before := phone.Clock()
			must(t, phone.PickUp(r.ctx()))
			next(r, c.Accepted())
			heard, err := phone.WaitSpeech(r.ctx(), 0)
			must(t, err)
			if heard < before {
				t.Errorf("the bot spoke at %v, the user picked up at %v", heard, before)
			}
			must(t, phone.HangUp(r.ctx()))
			next(r, c.Ended())
			if !errors.Is(c.Reason(), whatsapp.ErrUserHungUp) {
				t.Errorf("reason %v", c.Reason())
			}
			if s, ok := c.Summary(); !ok || s.Opaque != "ticket-9" {
				t.Errorf("summary %+v", s)
			}
			r.clean()
			if got := strings.Join(r.actions(), " "); got != "connect" {
				t.Errorf("requests: %s", got)
			}
		})
	}
}

// Nobody picks up, in all ways.
func TestCallOfTheBotThatComesToNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		timers whatsapptest.Timers
		change func(*whatsapp.Config)
		act    func(r *rig, c *whatsapp.Call, phone *whatsapptest.Call)
		want   error
		asked  string
	}{
		"declined": {
			act:  func(r *rig, _ *whatsapp.Call, phone *whatsapptest.Call) { must(r.t, phone.Decline(r.ctx())) },
			want: whatsapp.ErrDeclined, asked: "connect",
		},
		"Meta gives up": {
			timers: whatsapptest.Timers{Answer: 200 * time.Millisecond}, want: whatsapp.ErrNoAnswer, asked: "connect",
		},
		"the bot gives up": {
			change: func(c *whatsapp.Config) { c.RingTimeout = 200 * time.Millisecond },
			want:   whatsapp.ErrNoAnswer, asked: "connect terminate",
		},
		"the handler leaves": {
			act: func(r *rig, c *whatsapp.Call, _ *whatsapptest.Call) {
				r.state(c, whatsapp.Linked)
				must(r.t, c.Terminate(r.ctx()))
			},
			want: whatsapp.ErrBotHungUp, asked: "connect terminate",
		},
		"the bot rejects it": {
			act:  func(r *rig, c *whatsapp.Call, _ *whatsapptest.Call) { must(r.t, c.Reject(r.ctx())) },
			want: whatsapp.ErrRejected, asked: "connect terminate",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.change, whatsapptest.WithTimers(tt.timers))
			r.meta.Permit(ada, true)
			r.bot.OnCall(hold(make(chan error, 1)))
			c, phone := r.dialled()
			if tt.act != nil {
				tt.act(r, c, phone)
			}
			next(r, c.Ended())
			if !errors.Is(c.Reason(), tt.want) {
				t.Errorf("reason %v, want %v", c.Reason(), tt.want)
			}
			r.ended(phone)
			must(t, r.bot.Shutdown(r.ctx()))
			r.clean()
			if got := strings.Join(r.actions(), " "); got != tt.asked {
				t.Errorf("requests: %q, want %q", got, tt.asked)
			}
			select {
			case <-c.Accepted():
				t.Error("it counts as accepted")
			default:
			}
		})
	}
}

// The handler runs while the phone rings, so that the greeting is ready; but one that never gets a call never runs.
func TestHandlerOfACallThatMetaRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ran := make(chan struct{}, 1)
	r.bot.OnCall(func(context.Context, *whatsapp.Call) error { ran <- struct{}{}; return nil })
	_, err := r.bot.Call(r.ctx(), toAda, whatsapp.WithoutAsking())
	if !errors.Is(err, whatsapp.ErrNotPlaced) {
		t.Errorf("got %v", err)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if len(ran) > 0 {
		t.Error("the handler ran")
	}
	if n := len(r.bot.Calls()); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}
