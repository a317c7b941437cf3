package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
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
		{"nobody takes calls at this time", func(c *whatsapp.Config) {
			day := strings.ToUpper(time.Now().UTC().Add(72 * time.Hour).Weekday().String()[:3])
			c.CallHours, _ = whatsapp.ParseHours(day + " 00:00-24:00")
		}, beep},
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
	if !strings.Contains(log, call.ID()[len(call.ID())-12:]) || !strings.Contains(log, "…0000") {
		t.Error("the log lacks the end of the call's id or the last digits of the number")
	}
	for what, secret := range map[string]string{
		"a whole call id": call.ID(),
		"number":          ada.WaID, "user id": ada.ID, "token": r.meta.AccessToken(), "app secret": r.meta.AppSecret(),
		"verify token": r.meta.VerifyToken(), "password": "ice-pwd", "SDP": "v=0", "fingerprint": "sha-256 ", "text": "a private text",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", what)
		}
	}
}
