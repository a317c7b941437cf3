package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Everything that Meta may leave out or write differently.
func TestUnusualConnects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		user whatsapptest.User
		opts []whatsapptest.CallOption
		meta []whatsapptest.Option
	}{
		{"older offer, with header extensions and minptime=10", ada, []whatsapptest.CallOption{whatsapptest.OldOffer()}, nil},
		{"no contacts", ada, []whatsapptest.CallOption{whatsapptest.WithoutContacts()}, nil},
		{"no direction", ada, []whatsapptest.CallOption{whatsapptest.WithoutDirection()}, nil},
		{"the outdated connection beside the session", ada, []whatsapptest.CallOption{whatsapptest.WithLegacyConnection()}, nil},
		{"a user who hides the number", whatsapptest.User{ID: "US.77", WaID: "15551234567", Hidden: true}, nil, nil},
		{"plain JSON", ada, nil, []whatsapptest.Option{whatsapptest.WithPlainJSON()}},
		{"strictest SDP", ada, nil, []whatsapptest.Option{whatsapptest.WithRules(whatsapptest.Rules{
			Passive: whatsapptest.PassiveStalls, MediaFingerprint: true, StrictPacketTime: true, WrongTypeIgnored: true, BareSuccess: true, SilentRoleConflict: true})}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, tt.meta...)
			r.bot.OnCall(beep)
			call := r.answered(tt.user, tt.opts...)
			_, err := call.WaitSpeech(r.ctx(), 0)
			must(t, err)
			must(t, call.HangUp(r.ctx()))
			r.clean()
		})
	}
}

// Duplicates are ignored, batches are handled whole, and order does not matter.
func TestDuplicateConnect(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	var handled atomic.Int32
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		handled.Add(1)
		return beep(ctx, c)
	})
	call := r.answered(ada)
	for range 3 {
		reply, err := r.meta.Post(r.ctx(), call.ConnectWebhook())
		must(t, err)
		if reply.Status != 200 || !strings.Contains(string(reply.Body), "ignored") {
			t.Errorf("a duplicate is answered %d %s", reply.Status, reply.Body)
		}
	}
	must(t, call.HangUp(r.ctx()))
	if handled.Load() != 1 {
		t.Errorf("%d handlers", handled.Load())
	}
	// Nor does it bring the call back after its end.
	reply, err := r.meta.Post(r.ctx(), call.ConnectWebhook())
	must(t, err)
	if !strings.Contains(string(reply.Body), "ignored") || len(r.bot.Calls()) != 0 {
		t.Errorf("after the end: %s, %d calls", reply.Body, len(r.bot.Calls()))
	}
	r.clean()
}

func TestBatchOfCallsAndMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	texts := make(chan string, 1)
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error { texts <- m.Text(); return nil })
	one, err := r.meta.Call(r.ctx(), ada, whatsapptest.Unannounced())
	must(t, err)
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	two, err := r.meta.Call(r.ctx(), bob, whatsapptest.Unannounced())
	must(t, err)
	_, text := r.meta.MessageWebhook(bob, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	_, err = r.meta.Post(r.ctx(), whatsapptest.Batch(one.ConnectWebhook(), text, two.ConnectWebhook()))
	must(t, err)
	must(t, one.WaitAccepted(r.ctx()))
	must(t, two.WaitAccepted(r.ctx()))
	if got := next(r, texts); got != "hi" {
		t.Errorf("got %q", got)
	}
	must(t, one.HangUp(r.ctx()))
	must(t, two.HangUp(r.ctx()))
	r.clean()
}

func TestTerminateOvertakesConnect(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(func(context.Context, *whatsapp.Call) error { t.Error("a handler was started"); return nil })
	call, err := r.meta.Call(r.ctx(), ada, whatsapptest.Unannounced())
	must(t, err)
	for _, w := range []whatsapptest.Envelope{call.TerminateWebhook(), call.ConnectWebhook()} {
		_, err := r.meta.Post(r.ctx(), w)
		must(t, err)
	}
	if n := len(r.bot.Calls()); n != 0 || len(r.actions()) != 0 {
		t.Errorf("%d calls, requests %v", n, r.actions())
	}
}

func TestTerminateOfAnotherCallDoesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	old, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	must(t, old.WaitAccepted(r.ctx()))
	late := old.TerminateWebhook()
	must(t, old.HangUp(r.ctx()))
	call := r.answered(ada)
	_, err = r.meta.Post(r.ctx(), late)
	must(t, err)
	_, err = call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	if calls := r.bot.Calls(); len(calls) != 1 || calls[0].State() != whatsapp.Active {
		t.Errorf("calls: %v", calls)
	}
	must(t, call.HangUp(r.ctx()))
}

// A webhook that Meta repeats long after the call must not ring.
func TestStaleConnect(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	handled := make(chan string, 8)
	r.bot.OnCall(func(_ context.Context, c *whatsapp.Call) error { handled <- c.ID(); return nil })
	now := time.Now().Unix()
	for name, tt := range map[string]struct {
		timestamp any
		want      string
	}{
		"an hour old": {now - 3600, "ignored"}, "61 s old, as a string": {itoa(now - 61), "ignored"},
		"30 s old": {itoa(now - 30), "processing"}, "ahead of our clock": {now + 3600, "processing"},
		"absent": {nil, "processing"}, "zero": {0, "processing"}, "no number": {"soon", "processing"},
	} {
		call, err := r.meta.Call(r.ctx(), whatsapptest.User{WaID: "1555" + itoa(int64(len(name)))}, whatsapptest.Unannounced())
		must(t, err)
		w := call.ConnectWebhook()
		event := w.Entry[0].Changes[0].Value.Calls[0]
		if event["timestamp"] = tt.timestamp; tt.timestamp == nil {
			delete(event, "timestamp")
		}
		reply, err := r.meta.Post(r.ctx(), w)
		must(t, err)
		if !strings.Contains(string(reply.Body), tt.want) {
			t.Errorf("%s: %s, want %s", name, reply.Body, tt.want)
		}
		if tt.want == "processing" {
			next(r, handled)
			r.ended(call)
		}
	}
}

func TestCallerWhoHangsUpWhilePreAccepting(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	why, started := make(chan error, 1), make(chan struct{})
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		close(started)
		return hold(why)(ctx, c)
	})
	r.meta.Inject(whatsapptest.Latency(time.Second).On("calls", "pre_accept"))
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	next(r, started)
	begin := time.Now()
	must(t, call.HangUp(r.ctx()))
	if err := next(r, why); !errors.Is(err, whatsapp.ErrUserHungUp) {
		t.Errorf("reason %v", err)
	}
	if d := time.Since(begin); d > 900*time.Millisecond {
		t.Errorf("it took %v: the pre-accept was waited for", d)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	for _, a := range r.actions() {
		if a != "pre_accept" {
			t.Errorf("the bot asked for %s afterwards", a)
		}
	}
}
