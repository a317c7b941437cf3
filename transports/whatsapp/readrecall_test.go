package whatsapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// pictures is what pictures the model got last: of each message with some, its words and theirs.
func (m *model) pictures() (lines []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.requests[len(m.requests)-1].Messages {
		for _, i := range msg.Images {
			lines = append(lines, fmt.Sprintf("%s: %s %d", msg.Text, i.MIMEType, len(i.Data)))
		}
	}
	return lines
}

// A picture is seen again in the turns after it, where it was sent, and later if it is quoted.
func TestAPictureIsSeenAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Pictures, c.PictureTurns = true, 2 })
	m := &model{answer: func(string) (string, error) { return "Nice.", nil }}
	r.bot.OnMessage(writes(m))
	first, err := r.meta.SendImage(r.ctx(), ada, "image/png", png, "")
	must(t, err)
	r.reply(ada)
	one := fmt.Sprintf("[The user sent a picture]: image/png %d", len(png))
	ask := func(text string, want ...string) {
		t.Helper()
		r.write(ada, text)
		r.reply(ada)
		if d := cmp.Diff(want, m.pictures()); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	ask("What colour is it?", one)
	ask("And what is behind it?", one)
	ask("Let us speak of something else.")
	_, err = r.meta.SendMessage(r.ctx(), ada, "text", map[string]any{"text": map[string]any{"body": "Is this one mine?"}, "context": map[string]any{"id": first}})
	must(t, err)
	r.reply(ada)
	if d := cmp.Diff([]string{one}, m.pictures()); d != "" {
		t.Errorf("quoted (-want +got):\n%s", d)
	}
	for range 3 { // of many, the last are seen
		_, err = r.meta.SendImage(r.ctx(), ada, "image/jpeg", jpeg, "")
		must(t, err)
		r.reply(ada)
	}
	two := fmt.Sprintf("[The user sent a picture]: image/jpeg %d", len(jpeg))
	ask("Which is better?", two, two)
}

func TestPicturesAreNotSeenAgain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*whatsapp.Config){
		"switched off":   func(c *whatsapp.Config) { c.PictureTurns = -1 },
		"a task":         func(c *whatsapp.Config) { c.Mode = whatsapp.Task },
		"another sender": nil,
	} {
		r := newRig(t, func(c *whatsapp.Config) {
			if c.Pictures = true; change != nil {
				change(c)
			}
		})
		m := &model{answer: func(string) (string, error) { return "Nice.", nil }}
		r.bot.OnMessage(writes(m))
		_, err := r.meta.SendImage(r.ctx(), ada, "image/png", png, "")
		must(t, err)
		r.reply(ada)
		next := ada
		if change == nil {
			next = whatsapptest.User{WaID: "15558880000", Name: "Bob"}
		}
		r.write(next, "And now?")
		r.reply(next)
		if got := m.pictures(); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// After a restart the picture comes from Meta again; the store never had it. When Meta has it no more, the model is told.
func TestAPictureAfterARestart(t *testing.T) {
	t.Parallel()
	store := memory.New()
	r := newRig(t, func(c *whatsapp.Config) {
		c.Pictures, c.PictureTurns, c.Journal, c.Conversations = true, 5, store, conversation.NewBook(store)
	})
	m := &model{answer: func(string) (string, error) { return "Nice.", nil }}
	r.bot.OnMessage(writes(m))
	_, err := r.meta.SendImage(r.ctx(), ada, "image/png", png, "Look")
	must(t, err)
	r.reply(ada)
	must(t, r.bot.Shutdown(r.ctx()))
	r.restart(func(c *whatsapp.Config) { c.Conversations = conversation.NewBook(store) }, writes(m))

	r.write(ada, "What is it?")
	r.reply(ada)
	want := []string{fmt.Sprintf("[The user sent a picture]\nLook: image/png %d", len(png))}
	if d := cmp.Diff(want, m.pictures()); d != "" {
		t.Errorf("after the restart (-want +got):\n%s", d)
	}
	r.meta.Inject(whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Code: 100, Subcode: 33, Message: "Object does not exist", Type: "GraphMethodException"}}.On("object", "").Repeat(-1))
	r.write(ada, "Are you sure?")
	r.reply(ada)
	if got := m.last(); len(m.pictures()) > 0 || got[0] != "user: [The user sent a picture]\nLook\n[A picture that came with this can no longer be seen]" {
		t.Errorf("of a picture that is gone the model gets %q", got[0])
	}
	r.meta.ClearFaults()
	r.write(ada, "Again?") // what the model was told is no part of the conversation
	r.reply(ada)
	if got := m.last(); got[0] != "user: [The user sent a picture]\nLook" || len(m.pictures()) != 1 {
		t.Errorf("then the model gets %q", got[0])
	}
}

// A conversation keeps the id of a picture and not the picture.
func TestAConversationKeepsNoPicture(t *testing.T) {
	t.Parallel()
	kept := make(chan []services.Message, 1)
	r := newRig(t, func(c *whatsapp.Config) { c.Pictures = true })
	answer := writes(&model{answer: func(string) (string, error) { return "Nice.", nil }})
	r.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		err := answer(ctx, msg)
		kept <- msg.Conversation().Snapshot().Messages
		return err
	})
	_, err := r.meta.SendImage(r.ctx(), ada, "image/png", png, "")
	must(t, err)
	messages := next(r, kept)
	b, err := json.Marshal(messages)
	must(t, err)
	if !strings.Contains(string(b), `"images":[{"mime":"image/png","ref":"`) || strings.Contains(string(b), "pixels") {
		t.Errorf("the store gets %s", b)
	}
	if slices.ContainsFunc(messages, func(m services.Message) bool { return len(m.Images) > 0 && m.Images[0].Data != nil }) {
		t.Error("the memory keeps the picture")
	}
}
