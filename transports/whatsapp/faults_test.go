package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// What Meta offers cannot always be answered; the caller must not be left ringing.
func TestOffersThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	n := int64(0)
	for name, change := range map[string]func(sdp string) any{
		"empty":         func(string) any { return "" },
		"no string":     func(string) any { return []int{1} },
		"garbage":       func(string) any { return "\x00\x01 garbage \xff" },
		"half":          func(s string) any { return s[:len(s)/2] },
		"no Opus":       func(s string) any { return strings.ReplaceAll(s, "opus", "isac") },
		"SDES":          func(s string) any { return strings.ReplaceAll(s, "UDP/TLS/RTP/SAVPF", "RTP/SAVP") },
		"no password":   func(s string) any { return strings.ReplaceAll(s, "a=ice-pwd", "a=x") },
		"a huge number": func(s string) any { return strings.ReplaceAll(s, "a=rtpmap:111", "a=rtpmap:99999999999999999999") },
	} {
		n++
		call, err := r.meta.Call(r.ctx(), whatsapptest.User{WaID: "1555000" + itoa(n)}, whatsapptest.Unannounced())
		must(t, err)
		w := call.ConnectWebhook()
		session := w.Entry[0].Changes[0].Value.Calls[0]["session"].(map[string]any)
		session["sdp"] = change(session["sdp"].(string))
		reply, err := r.meta.Post(r.ctx(), w)
		must(t, err)
		if reply.Status != 200 {
			t.Errorf("%s: %d %s", name, reply.Status, reply.Body)
		}
		if e := r.ended(call); e.By != whatsapptest.ByBusiness {
			t.Errorf("%s: ended by %v: %s", name, e.By, e.Reason)
		}
	}
}

// What becomes of a call when the Graph API fails.
func TestGraphFaults(t *testing.T) {
	t.Parallel()
	refusal := whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Message: "(#100) Invalid parameter", Code: 100}}
	htmlError := whatsapptest.Fault{Status: 500, Body: "<html>oops</html>"}
	tests := []struct {
		name    string
		fault   whatsapptest.Fault
		works   bool
		actions string
	}{
		{"pre-accept: 500 of Meta's, once", whatsapptest.InternalError().On("calls", "pre_accept"), true, "pre_accept pre_accept accept"},
		{"pre-accept: HTML 503, once", whatsapptest.Unavailable().On("calls", "pre_accept"), true, "pre_accept pre_accept accept"},
		{"pre-accept: rate limit", whatsapptest.RateLimited(0).On("calls", "pre_accept"), true, "pre_accept pre_accept accept"},
		{"pre-accept: refused", refusal.On("calls", "pre_accept"), false, "pre_accept reject"},
		{"pre-accept: lost after it took effect", whatsapptest.ResetAfterEffect().On("calls", "pre_accept"), false, "reject terminate"},
		{"pre-accept: HTML 500", htmlError.On("calls", "pre_accept"), false, "pre_accept reject"},
		{"accept: 500 of Meta's, once", whatsapptest.InternalError().On("calls", "accept"), true, "pre_accept accept accept"},
		{"accept: refused", refusal.On("calls", "accept"), false, "pre_accept accept terminate"},
		{"accept: lost after it took effect", whatsapptest.ResetAfterEffect().On("calls", "accept"), false, "terminate"},
		{"accept: slow", whatsapptest.Latency(300*time.Millisecond).On("calls", "accept"), true, "pre_accept accept"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.bot.OnCall(beep)
			r.meta.Inject(tt.fault)
			call, err := r.meta.Call(r.ctx(), ada)
			must(t, err)
			if tt.works {
				must(t, call.WaitAccepted(r.ctx()))
				_, err := call.WaitSpeech(r.ctx(), 0)
				must(t, err)
				must(t, call.HangUp(r.ctx()))
			} else if e := r.ended(call); e.By != whatsapptest.ByBusiness {
				t.Errorf("ended by %v: %s", e.By, e.Reason)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			// After a call that works the bot may have been told of its end; one that fails ends with these.
			got := " " + strings.Join(r.actions(), " ") + " "
			if ok := strings.HasSuffix(got, " "+tt.actions+" "); !ok && !(tt.works && strings.HasPrefix(got, " "+tt.actions+" ")) {
				t.Errorf("requests: %s, want %s", got, tt.actions)
			}
			r.clean()
		})
	}
}

// An expired token: the call cannot be saved, the bot says so, lives on, and takes a new token at run time.
func TestNewTokenAtRunTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	r.meta.SetAccessToken("the-second-token")
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	refused := 0 // the second refusal, of the goodbye, comes when the bot has understood the first
	_, err = r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool {
		if e.Kind == whatsapptest.EventGraph && e.Status == 401 {
			refused++
		}
		return refused == 2
	})
	must(t, err)
	if h := r.bot.Health(); h.Status != "degraded" || !strings.Contains(strings.Join(h.Issues, " "), "refuses the access token") {
		t.Errorf("health: %+v", h)
	}
	must(t, call.HangUp(r.ctx()))
	r.bot.SetAccessToken("the-second-token")
	r.bot.OnCall(beep)
	if h := r.bot.Health(); h.Status != "active" {
		t.Errorf("health: %+v", h)
	}
	again := r.answered(ada)
	must(t, again.HangUp(r.ctx()))
}

// A caller who vanishes without a word is noticed. pion's own limit of 5 s comes first.
func TestVanishedCaller(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.DisconnectGrace = 200 * time.Millisecond })
	why := make(chan error, 1)
	r.bot.OnCall(hold(why))
	call := r.answered(ada)
	_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool { return e.Kind == whatsapptest.EventFirstPacket })
	must(t, err)
	call.Vanish()
	if err := next(r, why); !errors.Is(err, whatsapp.ErrMediaLost) {
		t.Errorf("reason %v", err)
	}
	if e := r.ended(call); e.By != whatsapptest.ByBusiness {
		t.Errorf("ended by %v: %s", e.By, e.Reason)
	}
}

// A handler that does not listen to its context cannot keep a call alive.
func TestHandlerThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	release := make(chan struct{})
	calls := make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(_ context.Context, c *whatsapp.Call) error {
		calls <- c
		<-release
		return nil
	})
	call := r.answered(ada)
	c := next(r, calls)
	begin := time.Now()
	must(t, call.HangUp(r.ctx()))
	next(r, c.Ended())
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("freed after %v", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.bot.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "handlers do not return") {
		t.Errorf("shutdown: %v", err)
	}
	close(release)
}

// TestGoodbyeTriesBothWords loses the answer to a pre-accept and then has Meta refuse the reject with a code that
// promises nothing, as it may for a call in another state: the call must not stay with Meta.
func TestGoodbyeTriesBothWords(t *testing.T) {
	t.Parallel()
	for _, refusal := range []*whatsapptest.GraphError{
		{Status: 500, Message: "(#138004) Connection error", Code: 138004},
		{Status: 500, Message: "(#131000) Something went wrong", Code: 131000},
	} {
		t.Run(refusal.Message, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.bot.OnCall(beep)
			r.meta.Inject(whatsapptest.ResetAfterEffect().On("calls", "pre_accept"))
			r.meta.Inject(whatsapptest.Fault{Err: refusal}.On("calls", "reject").Repeat(10))
			call, err := r.meta.Call(r.ctx(), ada)
			must(t, err)
			if e := r.ended(call); e.By != whatsapptest.ByBusiness {
				t.Errorf("ended by %v: %s", e.By, e.Reason)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			if got := r.actions(); got[len(got)-1] != "terminate" {
				t.Errorf("requests: %v, want a terminate at last", got)
			}
			r.clean()
		})
	}
}
