package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// witness is an observer that keeps everything.
type witness struct {
	mu   sync.Mutex
	all  []whatsapp.Event
	more chan struct{}
}

func newWitness() *witness { return &witness{more: make(chan struct{}, 1)} }

func (w *witness) Observe(e whatsapp.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, e)
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *witness) events() []whatsapp.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]whatsapp.Event(nil), w.all...)
}

// seen waits for an event.
func seen[E whatsapp.Event](r *rig, w *witness, is func(E) bool) E {
	r.t.Helper()
	for {
		for _, e := range w.events() {
			if e, ok := e.(E); ok && is(e) {
				return e
			}
		}
		next(r, w.more)
	}
}

// story is what was seen of calls, in order.
func story(events []whatsapp.Event) (all []string) {
	for _, e := range events {
		switch e := e.(type) {
		case whatsapp.CallChanged:
			all = append(all, e.State.String())
		case whatsapp.CallReached:
			all = append(all, e.Milestone.String())
		case whatsapp.CallTurn:
			all = append(all, "turn")
		case whatsapp.GraphAsked:
			if e.Call != nil {
				all = append(all, e.Op+" "+e.Outcome())
			}
		}
	}
	return all
}

// talkative is a stage that answers what the user says as the stages of speech do, as far as metrics are concerned.
func talkative() pipeline.Stage {
	heard := 0
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("talkative")
		pipeline.Makes[frame.AudioOut](w)
		pipeline.Makes[frame.ResponseStart](w)
		pipeline.Makes[frame.ResponseEnd](w)
		pipeline.Makes[frame.Metrics](w)
		pipeline.On(w, func(_ context.Context, _ frame.AudioIn, out *pipeline.Emitter) error {
			heard++
			var said []pipeline.Frame
			switch heard {
			case 5: // a greeting
				said = beepOf(1)
			case 20: // speech without an answer
				said = []pipeline.Frame{frame.Metrics{Point: frame.PointSpeechEnd, At: time.Now()}}
			case 30: // speech with one
				now := time.Now()
				for i, p := range []frame.Point{frame.PointSpeechEnd, frame.PointVADStop, frame.PointTranscript, frame.PointUserTurn, frame.PointFirstToken} {
					said = append(said, frame.Metrics{Point: p, At: now.Add(time.Duration(i) * time.Millisecond)})
				}
				said = append(said, beepOf(2)...)
			}
			for _, f := range said {
				if err := out.Push(f); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func beepOf(id uint64) []pipeline.Frame {
	packet := audio.PCM{Format: audio.Mono(24000), Samples: make([]int16, 480)}
	return []pipeline.Frame{frame.ResponseStart{ID: id}, frame.AudioOut{ID: id, Text: "beep", PCM: packet}, frame.ResponseEnd{ID: id}}
}

func TestObserverSeesAWholeCall(t *testing.T) {
	t.Parallel()
	w := newWitness()
	r := newRig(t, func(c *whatsapp.Config) { c.Observers = []whatsapp.Observer{w} })
	r.bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		return pipeline.New(call.Input(), talkative(), call.Output()).Run(ctx)
	})
	call := r.answered(ada)
	turn := seen(r, w, func(whatsapp.CallTurn) bool { return true })
	must(t, call.HangUp(r.ctx()))
	over := seen(r, w, func(e whatsapp.CallChanged) bool { return e.State == whatsapp.Ended })

	want := []string{"offered", "pre-accepting", "pre-accept call ok", "connecting", "ice", "dtls", "accepting", "accept call ok", "active",
		"first_audio", "turn", "ending", "ended"}
	if diff := cmp.Diff(want, story(w.events())); diff != "" {
		t.Errorf("what was seen of the call (-want +got):\n%s", diff)
	}
	if turn.Turn != 1 || turn.Call.ID() != call.ID() || turn.Latency() <= 0 || turn.Latency() > limit ||
		turn.Points[frame.PointFirstToken].IsZero() || !turn.Points[frame.PointFirstClause].IsZero() {
		t.Errorf("the turn is %+v", turn)
	}
	if over.Audio == nil || over.Audio.Received < 20 || !errors.Is(over.Reason, whatsapp.ErrUserHungUp) {
		t.Errorf("the end is %+v", over)
	}
	var last time.Time
	for _, e := range w.events() {
		if e, ok := e.(whatsapp.CallChanged); ok {
			if e.At.Before(last) {
				t.Errorf("%v is before what was before it", e.State)
			}
			last = e.At
		}
	}
	webhooks := 0
	for _, e := range w.events() {
		if e, ok := e.(whatsapp.WebhookHandled); ok && e.Code == 200 && e.Status == "processing" && e.Duration > 0 {
			webhooks++
		}
	}
	if webhooks != 2 {
		t.Errorf("%d webhooks with an event were seen, want the offer and the end", webhooks)
	}
	r.clean()
}

func TestObserverSeesRefusalsAndFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*whatsapp.Config)
		fault  *whatsapptest.Fault
		want   string
		reason error
	}{
		"refused": {change: func(c *whatsapp.Config) { c.AllowedNumbers = []string{"15550000000"} }, reason: whatsapp.ErrNotAllowed,
			want: "offered, ending, reject call ok, ended"},
		"pre-accept fails": {fault: &whatsapptest.Fault{Status: 400, Body: `{"error":{"code":100,"message":"no"}}`, Endpoint: "calls", Action: "pre_accept"},
			want: "offered, pre-accepting, pre-accept call refused, ending, reject call ok, ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWitness()
			r := newRig(t, func(c *whatsapp.Config) {
				c.Observers = []whatsapp.Observer{w}
				if tc.change != nil {
					tc.change(c)
				}
			})
			r.bot.OnCall(beep)
			if tc.fault != nil {
				r.meta.Inject(*tc.fault)
			}
			call, err := r.meta.Call(r.ctx(), ada)
			must(t, err)
			r.ended(call)
			over := seen(r, w, func(e whatsapp.CallChanged) bool { return e.State == whatsapp.Ended })
			seen(r, w, func(e whatsapp.GraphAsked) bool { return e.Op == "reject call" })
			var refused *graph.Error
			if tc.reason != nil && !errors.Is(over.Reason, tc.reason) || tc.reason == nil && !errors.As(over.Reason, &refused) {
				t.Errorf("the reason is %v", over.Reason)
			}
			if got := strings.Join(sortEnd(story(w.events())), ", "); got != tc.want {
				t.Errorf("seen: %s; want: %s", got, tc.want)
			}
		})
	}
}

// sortEnd puts "ended" behind the goodbye, beside which it happens.
func sortEnd(all []string) []string {
	for i, s := range all {
		if s == "ended" && i < len(all)-1 {
			return append(append(append([]string(nil), all[:i]...), all[i+1:]...), s)
		}
	}
	return all
}

func TestObserverSeesMessages(t *testing.T) {
	t.Parallel()
	w := newWitness()
	angry := whatsapp.ObserverFunc(func(whatsapp.Event) { panic("an observer panics") })
	r := newRig(t, func(c *whatsapp.Config) { c.Observers = []whatsapp.Observer{angry, w} })
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		if m.Text() == "fail" {
			return errors.New("as asked")
		}
		return m.Reply(ctx, "Hello!")
	})
	for text, want := range map[string]whatsapp.MessageOutcome{
		"hi": whatsapp.MessageAnswered, "/reset": whatsapp.MessageReplied, "fail": whatsapp.MessageFailed,
	} {
		id, err := r.meta.SendText(r.ctx(), ada, text)
		must(t, err)
		got := seen(r, w, func(e whatsapp.MessageHandled) bool { return e.Message.ID() == id })
		if got.Outcome != want || (got.Err != nil) != (want == whatsapp.MessageFailed) || got.Began.Before(got.Came) || got.Ended.Before(got.Began) {
			t.Errorf("%q: %+v", text, got)
		}
		sent := seen(r, w, func(e whatsapp.GraphAsked) bool {
			return e.Message != nil && e.Message.ID() == id && e.Op == "send message"
		})
		if sent.Kind != "text" || sent.Attempts != 1 || sent.Outcome() != graph.OutcomeOK {
			t.Errorf("%q was answered with %+v", text, sent)
		}
	}
	taken := 0
	for _, e := range w.events() {
		if e, ok := e.(whatsapp.MessageTaken); ok && e.Type == "text" {
			taken++
		}
	}
	if _, first := w.events()[0].(whatsapp.BotStarted); taken != 3 || !first {
		t.Errorf("%d messages were taken; the first event is %T", taken, w.events()[0])
	}
	must(t, r.bot.Shutdown(r.ctx()))
	must(t, r.bot.Shutdown(r.ctx()))
	ends := 0
	for _, e := range w.events() {
		if _, ok := e.(whatsapp.BotEnded); ok {
			ends++
		}
	}
	if ends != 1 {
		t.Errorf("the bot ended %d times", ends)
	}
}
