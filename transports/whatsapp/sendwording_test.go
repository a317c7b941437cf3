package whatsapp_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// says makes a model that always answers the same.
func says(text string) *model {
	return &model{answer: func(string) (string, error) { return text, nil }}
}

func TestMarkdownBecomesWhatsApps(t *testing.T) {
	t.Parallel()
	const md = "**Yes**, see [the page](https://example.com)."
	for _, tt := range []struct {
		name     string
		noFormat bool
		want     string
	}{
		{"converted", false, "*Yes*, see the page (https://example.com)."},
		{"switched off", true, md},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.NoFormat = tt.noFormat })
			m := says(md)
			r.bot.OnMessage(writes(m))
			for range 2 {
				r.write(ada, "Is it so?")
				if got := r.reply(ada); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
			if got := m.last()[1]; got != "assistant: "+md {
				t.Errorf("the conversation holds %q, not what the model wrote", got)
			}
			r.clean()
		})
	}
}

// Of an answer of which Meta took the first message only, the conversation holds what that says.
func TestAnswerOfWhichMetaTookAPart(t *testing.T) {
	t.Parallel()
	book := conversation.NewBook(memory.New())
	r := newRig(t, func(c *whatsapp.Config) { c.Conversations = book })
	long := strings.Repeat("This is a **bold** claim. ", 300)
	m := says(strings.TrimSpace(long))
	r.bot.OnMessage(writes(m))
	r.meta.Inject(whatsapptest.Latency(0).On("messages", "text"))
	r.meta.Inject(whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Code: 100, Message: "no"}}.On("messages", "text"))
	r.write(ada, "Tell me")
	first := r.reply(ada)
	must(t, r.bot.Shutdown(r.ctx()))
	talk, err := book.Open(r.ctx(), ada.ID)
	must(t, err)
	said := last(talk.Snapshot().Messages)
	if said.Role != services.Assistant || !said.Interrupted {
		t.Fatalf("the conversation ends with %+v", said)
	}
	claims := strings.Count(first, "*bold*")
	if got := strings.Count(said.Text, "**bold**"); got != claims || !strings.HasPrefix(long, said.Text) {
		t.Errorf("%d claims were taken and %d are remembered", claims, got)
	}
}

func last(said []services.Message) services.Message {
	if len(said) == 0 {
		return services.Message{}
	}
	return said[len(said)-1]
}
