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

// The end of a call counts only for the phone number that the call came to, even if the bot has another one since.
func TestTerminateForAnotherNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error { calls <- c; <-ctx.Done(); return nil })
	phone := r.answered(ada)
	c := next(r, calls)
	next(r, c.Accepted())
	foreign := phone.TerminateWebhook()
	foreign.Entry[0].Changes[0].Value.Metadata = map[string]any{"phone_number_id": "4711"}
	reply, err := r.meta.Post(r.ctx(), foreign)
	must(t, err)
	if c.State() != whatsapp.Active || !strings.Contains(string(reply.Body), "ignored") {
		t.Errorf("the call is %v; the webhook was answered with %s", c.State(), reply.Body)
	}
	r.bot.SetPhoneNumberID("4711")
	must(t, phone.HangUp(r.ctx()))
	next(r, c.Ended())
	if !errors.Is(c.Reason(), whatsapp.ErrUserHungUp) {
		t.Errorf("reason %v", c.Reason())
	}
}

// A call that begins and ends in one webhook, in either order, rings for nobody.
func TestConnectAndTerminateInOneBatch(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"connect first": true, "terminate first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.bot.OnCall(hold(make(chan error, 1)))
			phone, err := r.meta.Call(r.ctx(), ada, whatsapptest.Unannounced())
			must(t, err)
			batch := whatsapptest.Batch(phone.ConnectWebhook(), phone.TerminateWebhook())
			if !first {
				batch = whatsapptest.Batch(phone.TerminateWebhook(), phone.ConnectWebhook())
			}
			_, err = r.meta.Post(r.ctx(), batch)
			must(t, err)
			must(t, r.bot.Shutdown(r.ctx()))
			if n := len(r.bot.Calls()); n != 0 {
				t.Errorf("%d calls are left", n)
			}
			for _, action := range r.actions() {
				if action != "pre_accept" { // it may have been on its way
					t.Errorf("Meta was asked to %s", action)
				}
			}
		})
	}
}

// Somebody who calls again at once is answered: there is no pause between the calls of one user.
func TestRedialAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	for range 3 {
		phone := r.answered(ada)
		_, err := phone.WaitSpeech(r.ctx(), 0)
		must(t, err)
		must(t, phone.HangUp(r.ctx()))
	}
	r.clean()
}

// Whoever hangs up, within 2 s nothing is left of the call on either side.
func TestHangUpEndsBothSides(t *testing.T) {
	t.Parallel()
	for name, hangUp := range map[string]func(r *rig, c *whatsapp.Call, phone *whatsapptest.Call){
		"the user":    func(r *rig, _ *whatsapp.Call, phone *whatsapptest.Call) { must(r.t, phone.HangUp(r.ctx())) },
		"the bot":     func(r *rig, c *whatsapp.Call, _ *whatsapptest.Call) { must(r.t, c.Terminate(r.ctx())) },
		"the network": func(_ *rig, _ *whatsapp.Call, _ *whatsapptest.Call) {},
	} {
		for kind, outgoing := range map[string]bool{"a call of the user": false, "a call of the bot": true} {
			t.Run(name+" in "+kind, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(c *whatsapp.Config) {
					if name == "the network" {
						c.MaxCallDuration = 100 * time.Millisecond
					}
				})
				r.meta.Permit(ada, true)
				calls := make(chan *whatsapp.Call, 1)
				r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error { calls <- c; return beep(ctx, c) })
				var phone *whatsapptest.Call
				if outgoing {
					_, phone = r.dialled()
					must(t, phone.PickUp(r.ctx()))
				} else {
					phone = r.answered(ada)
				}
				c := next(r, calls)
				next(r, c.Accepted())
				begin := time.Now()
				hangUp(r, c, phone)
				next(r, c.Ended())
				r.ended(phone)
				if d := time.Since(begin); d > 2*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		}
	}
}

// What a caller says after a call that nobody took comes as a message that says so.
func TestVoicemail(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	voicemails := make(chan webhook.Message, 4)
	r.bot.OnVoicemail(func(m webhook.Message) { voicemails <- m })
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	phone, err := r.meta.Call(r.ctx(), ada) // the bot has no handler for calls
	must(t, err)
	r.ended(phone)
	must(t, phone.LeaveVoicemail(r.ctx(), "audio/ogg; codecs=opus", []byte("OggS")))
	m := next(r, voicemails)
	if id, ok := m.Voicemail(); !ok || id != phone.ID() || m.User.Phone != ada.WaID || m.Media == nil {
		t.Errorf("it is the voicemail of %q: %+v", id, m)
	}
	data, _, err := r.bot.Graph().DownloadMedia(r.ctx(), m.Media.ID, 100)
	if err != nil || string(data) != "OggS" {
		t.Errorf("the recording is %q, %v", data, err)
	}
}
