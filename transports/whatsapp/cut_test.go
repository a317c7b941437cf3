package whatsapp_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// TestAnswersThatBreakOff has answers of which the user gets a part: the user is told, unless the rest may have come.
func TestAnswersThatBreakOff(t *testing.T) {
	t.Parallel()
	whole := func(text string) services.LLM { return says(text) }
	breaks := func(text string) services.LLM {
		return services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
			return func(yield func(services.Delta, error) bool) {
				if yield(services.Delta{Text: text}, nil) {
					yield(services.Delta{}, errors.New("the line was cut"))
				}
			}
		})
	}
	first := strings.Repeat("One. ", 800) + "\n\n"
	second := strings.Repeat("Two. ", 800)
	refused := whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Message: "(#100) Invalid parameter", Code: 100}}
	const sorry = "Sorry, something went wrong on my side. Please try again. Or write /reset to begin anew."
	for _, tt := range []struct {
		name   string
		model  services.LLM
		faults []whatsapptest.Fault
		want   []string
		heard  string // "" if nothing is remembered
	}{
		{"the model breaks off", breaks("Half of an answer wh"), nil, []string{"Half of an answer wh", sorry}, "Half of an answer wh"},
		{"the second part is refused", whole(first + second), []whatsapptest.Fault{{}, refused}, []string{strings.TrimSpace(first), sorry}, first},
		{"the second part may have arrived", whole(first + second), []whatsapptest.Fault{{}, whatsapptest.ResetAfterEffect()},
			[]string{strings.TrimSpace(first), strings.TrimSpace(second)}, first},
		{"the second part may have arrived, the third has not", whole(first + second + "\n\n" + first), []whatsapptest.Fault{{}, whatsapptest.ResetAfterEffect()},
			[]string{strings.TrimSpace(first), strings.TrimSpace(second), sorry}, first},
		{"nothing to read", whole("\u200b"), nil, []string{sorry}, ""},
		{"nothing but marks", whole("\u200e\u2060 \u3164"), nil, []string{sorry}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			heard := make(chan []services.Message, 1)
			r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
				err := writes(tt.model)(ctx, m)
				heard <- m.Conversation().Snapshot().Messages
				return err
			})
			for _, f := range tt.faults {
				r.meta.Inject(f.On("messages", "text"))
			}
			_, err := r.meta.SendText(r.ctx(), ada, "Hello")
			must(t, err)
			said := await(t, heard)
			var got []string
			for range tt.want {
				m, err := r.meta.WaitMessage(r.ctx(), ada)
				must(t, err)
				got = append(got, strings.TrimSpace(m.Text))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			var remembered string
			for _, m := range said[1:] {
				remembered += m.Text
				if m.Role != services.Assistant || !m.Interrupted {
					t.Errorf("remembered: %+v", m)
				}
			}
			if strings.TrimSpace(remembered) != strings.TrimSpace(tt.heard) {
				t.Errorf("remembered %.40q..., want %.40q...", remembered, tt.heard)
			}
			_, err = r.meta.SendText(r.ctx(), ada, "/reset") // answered last: so nothing more was sent before
			must(t, err)
			if m, err := r.meta.WaitMessage(r.ctx(), ada); err != nil || !strings.Contains(m.Text, "reset") || m.Text == sorry {
				t.Errorf("after it came %q (%v)", m.Text, err)
			}
		})
	}
}

// TestAFailingModelIsTold has a model that refuses every request: the user hears of it, and so must who runs the bot.
func TestAFailingModelIsTold(t *testing.T) {
	t.Parallel()
	outcomes := make(chan whatsapp.MessageHandled, 1)
	r := newRig(t, func(c *whatsapp.Config) {
		c.Observers = []whatsapp.Observer{whatsapp.ObserverFunc(func(e whatsapp.Event) {
			if h, ok := e.(whatsapp.MessageHandled); ok {
				outcomes <- h
			}
		})}
	})
	refuses := services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			yield(services.Delta{}, errors.New("the key was refused"))
		}
	})
	r.bot.OnMessage(writes(refuses))
	r.bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		turn := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.Makes[frame.UserTurn](w)
			w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
				return out.Push(frame.UserTurn{Text: "Hello", Via: "call"})
			})
		})
		return pipeline.New(call.Input(), turn, processors.LLM(refuses, call.Conversation()), tone(nil), call.Output()).Run(ctx)
	})
	r.write(ada, "Hello")
	if got := r.reply(ada); !strings.HasPrefix(got, "Sorry") {
		t.Errorf("the user got %q", got)
	}
	if h := await(t, outcomes); h.Outcome != whatsapp.MessageFailed || h.Err == nil || !strings.Contains(h.Err.Error(), "the key was refused") {
		t.Errorf("the outcome is %v: %v", h.Outcome, h.Err)
	}
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("the user got %d messages, want one apology", n)
	}
	must(t, r.answered(ada).HangUp(r.ctx()))
	must(t, r.bot.TerminateAll(r.ctx()))
	log := r.log.String()
	for _, want := range []string{"level=ERROR msg=\"a message could not be answered\" err=\"the key was refused\"", "level=WARN msg=\"a part of the call failed\" stage=llm err=\"the key was refused\""} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %s", want)
		}
	}
}
