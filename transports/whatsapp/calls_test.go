package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// answered lets Ada call and waits until the call is accepted.
func (r *rig) answered(from whatsapptest.User, opts ...whatsapptest.CallOption) *whatsapptest.Call {
	r.t.Helper()
	call, err := r.meta.Call(r.ctx(), from, opts...)
	must(r.t, err)
	must(r.t, call.WaitAccepted(r.ctx()))
	return call
}

// ended waits for the end of a call on both sides.
func (r *rig) ended(call *whatsapptest.Call) whatsapptest.Ending {
	r.t.Helper()
	e, err := call.WaitEnded(r.ctx())
	must(r.t, err)
	return e
}

// clean fails the test if the bot broke a rule.
func (r *rig) clean() {
	r.t.Helper()
	for _, v := range r.meta.Violations() {
		r.t.Errorf("the bot broke a rule: %v", v)
	}
}

// actions are the requests that the bot made for calls, with their status, in order.
func (r *rig) actions() (all []string) {
	for _, e := range r.meta.Events() {
		if action, ok := strings.CutPrefix(e.Detail, "POST calls "); ok && e.Kind == whatsapptest.EventGraph {
			all = append(all, action)
		}
	}
	return all
}

// hold is a handler that stays until the call ends and reports why.
func hold(why chan<- error) whatsapp.CallHandler {
	return func(ctx context.Context, _ *whatsapp.Call) error {
		<-ctx.Done()
		why <- context.Cause(ctx)
		return ctx.Err()
	}
}

func next[T any](r *rig, c <-chan T) (v T) {
	r.t.Helper()
	select {
	case v = <-c:
	case <-r.ctx().Done():
		r.t.Fatal("nothing happened")
	}
	return v
}

// The whole way of a call, and what it may take.
func TestCallIsAnsweredAndGreeted(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	at := call.Timings()
	since := func(moment time.Time) time.Duration { return moment.Sub(at.Ring).Round(100 * time.Microsecond) }
	t.Logf("after the ring: webhook answered %v, pre-accept %v, ICE %v, DTLS %v, accept %v, first packet %v, first speech %v",
		since(at.WebhookAnswered), since(at.PreAccept), since(at.ICEUp), since(at.DTLSUp), since(at.Accept), since(at.FirstPacket), since(at.FirstSpeech))
	if at.Accept.Before(at.ICEUp) { // DTLS is up on the bot's side a moment before it is on the relay's
		t.Error("it was accepted before media was connected")
	}
	if at.FirstPacket.Before(at.Accept) {
		t.Error("a packet left before Meta had the accept: the phone counts that as answered")
	}
	must(t, call.HangUp(r.ctx()))
	r.clean()
	if got := strings.Join(r.actions(), " "); got != "pre_accept accept" {
		t.Errorf("requests: %s", got)
	}
}

func TestUserHangsUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	why, calls := make(chan error, 1), make(chan *whatsapp.Call, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		return hold(why)(ctx, c)
	})
	call := r.answered(ada)
	c := next(r, calls)
	next(r, c.Accepted())
	if c.State() != whatsapp.Active || c.ID() != call.ID() || c.From().Phone != ada.WaID || c.From().Name != "Ada" || c.Reason() != nil {
		t.Errorf("the call is %v, %s of %+v, reason %v", c.State(), c.ID(), c.From(), c.Reason())
	}
	if c.Offer().SDP != "" || c.Offer().CallID != call.ID() {
		t.Error("the offer as shown to the handler holds its SDP, or no id")
	}
	begin := time.Now()
	must(t, call.HangUp(r.ctx()))
	if err := next(r, why); !errors.Is(err, whatsapp.ErrUserHungUp) {
		t.Errorf("the handler's context ended because of %v", err)
	}
	next(r, c.Ended())
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("freed after %v", d)
	}
	end, ok := c.Summary()
	if c.State() != whatsapp.Ended || !errors.Is(c.Reason(), whatsapp.ErrUserHungUp) || !ok || end.Status != "COMPLETED" || end.Start.IsZero() {
		t.Errorf("state %v, reason %v, summary %+v", c.State(), c.Reason(), end)
	}
	if got := strings.Join(r.actions(), " "); got != "pre_accept accept" {
		t.Errorf("requests: %s; nothing need be said to Meta when the user hung up", got)
	}
	r.clean()
}

func TestBotHangsUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler whatsapp.CallHandler
		want    error
	}{
		{"the handler returns", func(ctx context.Context, c *whatsapp.Call) error { <-c.Accepted(); return nil }, whatsapp.ErrBotHungUp},
		{"the handler fails", func(ctx context.Context, c *whatsapp.Call) error { <-c.Accepted(); return errors.New("no model") }, whatsapp.ErrHandler},
		{"the handler panics", func(ctx context.Context, c *whatsapp.Call) error { <-c.Accepted(); panic("oops") }, whatsapp.ErrHandler},
		{"the handler calls Terminate", func(ctx context.Context, c *whatsapp.Call) error { <-c.Accepted(); return c.Terminate(ctx) }, whatsapp.ErrBotHungUp},
		{"its session ends", func(ctx context.Context, c *whatsapp.Call) error {
			<-c.Accepted()
			end := pipeline.StageFunc(func(w *pipeline.Wiring) {
				pipeline.Makes[frame.AudioOut](w)
				w.OnStart(func(_ context.Context, out *pipeline.Emitter) error { return out.Push(pipeline.End{}) })
			})
			return pipeline.New(c.Input(), end, c.Output()).Run(ctx)
		}, whatsapp.ErrBotHungUp},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			calls := make(chan *whatsapp.Call, 1)
			r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
				calls <- c
				return tt.handler(ctx, c)
			})
			call := r.answered(ada)
			if e := r.ended(call); e.By != whatsapptest.ByBusiness {
				t.Errorf("ended by %v: %s", e.By, e.Reason)
			}
			c := next(r, calls)
			next(r, c.Ended())
			if !errors.Is(c.Reason(), tt.want) {
				t.Errorf("reason %v, want %v", c.Reason(), tt.want)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Join(r.actions(), " "); got != "pre_accept accept terminate" {
				t.Errorf("requests: %s", got)
			}
			r.clean()
		})
	}
}

// A handler that ends while the phone still rings, in any way, leaves nobody ringing.
func TestCallIsDeclined(t *testing.T) {
	t.Parallel()
	taken, err := net.ListenUDP("udp", &net.UDPAddr{})
	must(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	tests := []struct {
		name    string
		config  func(*whatsapp.Config)
		handler whatsapp.CallHandler
	}{
		{"the handler returns", nil, func(context.Context, *whatsapp.Call) error { return nil }},
		{"the handler fails", nil, func(context.Context, *whatsapp.Call) error { return errors.New("no model") }},
		{"the handler panics", nil, func(context.Context, *whatsapp.Call) error { panic("oops") }},
		{"the handler calls Reject", nil, func(ctx context.Context, c *whatsapp.Call) error { return c.Reject(ctx) }},
		{"there is no handler", nil, nil},
		{"the number is not allowed", func(c *whatsapp.Config) { c.AllowedNumbers = []string{"15551110000"} }, beep},
		{"the media port is taken", func(c *whatsapp.Config) { c.UDPPort = uint16(taken.LocalAddr().(*net.UDPAddr).Port) }, beep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.config)
			if tt.handler != nil {
				r.bot.OnCall(tt.handler)
			}
			// A slow pre-accept makes sure that the handler is faster.
			r.meta.Inject(whatsapptest.Latency(200*time.Millisecond).On("calls", "pre_accept"))
			call, err := r.meta.Call(r.ctx(), ada)
			must(t, err)
			if e := r.ended(call); e.By != whatsapptest.ByBusiness || e.Duration != 0 {
				t.Errorf("ended by %v: %s", e.By, e.Reason)
			}
		})
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.MaxCalls = 1 })
	r.bot.OnCall(beep)
	first := r.answered(ada)
	second, err := r.meta.Call(r.ctx(), whatsapptest.User{WaID: "15558880000"})
	must(t, err)
	if e := r.ended(second); e.By != whatsapptest.ByBusiness {
		t.Errorf("the second call: %+v", e)
	}
	must(t, first.HangUp(r.ctx()))
	third := r.answered(whatsapptest.User{WaID: "15557770000"})
	must(t, third.HangUp(r.ctx()))
}

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
	why := make(chan struct{})
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		<-ctx.Done()
		close(why)
		return nil
	})
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	next(r, why)
	_, err = r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool { return e.Kind == whatsapptest.EventGraph && e.Status == 401 })
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

// What the user says arrives, 20 ms after 20 ms without a gap, and keys do not disturb it.
func TestAudioAndKeysComeIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	var mu sync.Mutex
	var heard []int16
	keys := make(chan frame.DTMF, 8)
	gaps := 0
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		return pipeline.New(c.Input(), tone(func(f pipeline.Frame) {
			mu.Lock()
			defer mu.Unlock()
			switch f := f.(type) {
			case frame.AudioIn:
				if int(f.At) != len(heard) || f.PCM.Rate != frame.SampleRate || f.PCM.Len() != frame.SampleRate/50 {
					gaps++
				}
				heard = append(heard, f.PCM.Samples...)
			case frame.DTMF:
				keys <- f
			}
		}), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	said, err := call.Say(r.ctx(), sine(600*time.Millisecond, 300))
	must(t, err)
	must(t, call.Press(r.ctx(), "1#"))
	for _, want := range "1#" {
		if k := next(r, keys); k.Digit != want || k.Duration < 60*time.Millisecond || k.Duration > 160*time.Millisecond {
			t.Errorf("got key %c of %v, want %c of 100 ms", k.Digit, k.Duration, want)
		}
	}
	must(t, call.HangUp(r.ctx()))
	must(t, r.bot.TerminateAll(r.ctx()))
	mu.Lock()
	defer mu.Unlock()
	pcm := audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: heard}
	loud := 0
	for i := 0; i+320 <= len(heard); i += 320 {
		if (audio.PCM{Format: pcm.Format, Samples: heard[i : i+320]}).RMS() > -30 {
			loud++
		}
	}
	if gaps > 0 || loud < 28 || loud > 34 {
		t.Errorf("%d gaps; %d packets of the tone of %v, want 30", gaps, loud, said.End-said.Start)
	}
	r.clean()
}

// The phone's clock counts 20 ms packets: from the accept on one leaves every 20 ms, speech or not.
func TestPacketsNeverStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	_, err := call.WaitSilence(r.ctx(), 0, 300*time.Millisecond)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	packets := call.Packets()
	for i := 1; i < len(packets); i++ {
		if packets[i].Sequence != packets[i-1].Sequence+1 || packets[i].Ticks != packets[i-1].Ticks+960 {
			t.Fatalf("packet %d: %+v after %+v", i, packets[i], packets[i-1])
		}
	}
	if n := len(packets); n < 60 {
		t.Errorf("%d packets", n)
	}
	if pcm := call.Heard(); pcm.Duration() < time.Second {
		t.Errorf("%v were heard", pcm.Duration())
	}
}

func TestTerminateAllAndShutdown(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	var calls []*whatsapptest.Call
	for i := range int64(5) {
		calls = append(calls, r.answered(whatsapptest.User{WaID: "1555444000" + itoa(i)}))
	}
	r.meta.Inject(whatsapptest.Latency(150*time.Millisecond).On("calls", "terminate").Repeat(5))
	begin := time.Now()
	must(t, r.bot.TerminateAll(r.ctx()))
	if d := time.Since(begin); d > 600*time.Millisecond {
		t.Errorf("it took %v: one after the other", d)
	}
	for _, c := range calls {
		if e := r.ended(c); e.By != whatsapptest.ByBusiness {
			t.Errorf("ended by %v", e.By)
		}
	}
	last := r.answered(ada)
	must(t, r.bot.Shutdown(r.ctx()))
	if e := r.ended(last); e.By != whatsapptest.ByBusiness {
		t.Errorf("ended by %v", e.By)
	}
	if _, err := r.meta.Call(r.ctx(), ada); !errors.Is(err, whatsapptest.ErrWebhookRefused) {
		t.Errorf("after the shutdown a webhook is answered with %v; Meta should repeat it", err)
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

// Numbers, tokens, secrets and SDP never appear in logs, at any level.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return errors.New("no model") })
	r.meta.Inject(whatsapptest.InternalError().On("calls", "accept"))
	call := r.answered(ada)
	must(t, call.HangUp(r.ctx()))
	_, err := r.meta.SendText(r.ctx(), ada, "a private text")
	must(t, err)
	_, err = r.meta.WaitMessage(r.ctx(), ada)
	must(t, err)
	must(t, r.bot.Shutdown(r.ctx()))
	log := r.log.String()
	if !strings.Contains(log, call.ID()) || !strings.Contains(log, "…0000") {
		t.Error("the log lacks the call's id or the last digits of the number")
	}
	for what, secret := range map[string]string{
		"number": ada.WaID, "user id": ada.ID, "token": r.meta.AccessToken(), "app secret": r.meta.AppSecret(),
		"verify token": r.meta.VerifyToken(), "password": "ice-pwd", "SDP": "v=0", "fingerprint": "sha-256 ", "text": "a private text",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", what)
		}
	}
}
