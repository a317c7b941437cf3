package whatsapptest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// client is a bot's client of the emulator, with a user to whom it may write.
func client(t *testing.T, opts ...whatsapptest.Option) (*whatsapptest.Emulator, *api.Client, string) {
	t.Helper()
	e := emulator(t, append(opts, whatsapptest.WithRules(whatsapptest.Rules{NoStatuses: true}))...)
	c := api.New(e.AccessToken(), e.PhoneNumberID(), api.WithBaseURL(e.GraphURL()), api.WithFirstPause(time.Millisecond))
	t.Cleanup(c.Close)
	inbound, _ := e.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	return e, c, inbound
}

// What the bot sends is shown to tests and to people.
func TestWhatTheUserSees(t *testing.T) {
	t.Parallel()
	e, c, inbound := client(t)
	upload := func(mimeType string) string {
		id, err := c.UploadMedia(t.Context(), "file", mimeType, []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	picture, sound, paper, sticker := upload("image/png"), upload("audio/ogg; codecs=opus"), upload("application/pdf"), upload("image/webp")
	for _, tt := range []struct {
		message api.Message
		want    whatsapptest.Message
		line    string
	}{
		{api.Reply(inbound, api.Text{Body: "hello"}), whatsapptest.Message{Type: "text", Text: "hello", ReplyTo: inbound}, "hello"},
		{api.Image{ID: picture, Caption: "a cat"}, whatsapptest.Message{Type: "image", MediaID: picture, Caption: "a cat"}, "[image a cat]"},
		{api.Audio{ID: sound, Voice: true}, whatsapptest.Message{Type: "audio", MediaID: sound, Voice: true}, "[voice note]"},
		{api.Document{ID: paper, Filename: "a.pdf"}, whatsapptest.Message{Type: "document", MediaID: paper, Filename: "a.pdf"}, "[document a.pdf]"},
		{api.Sticker{ID: sticker}, whatsapptest.Message{Type: "sticker", MediaID: sticker}, "[sticker]"},
		{api.Video{Link: "https://example.com/v.mp4"}, whatsapptest.Message{Type: "video"}, "[video]"},
		{api.Location{Latitude: 50, Longitude: 30, Name: "Here"}, whatsapptest.Message{Type: "location"}, "[location]"},
		{api.Contacts{{Name: "Bob"}}, whatsapptest.Message{Type: "contacts"}, "[contacts]"},
		{api.Reaction{MessageID: inbound, Emoji: "👍"}, whatsapptest.Message{Type: "reaction", Emoji: "👍", ReactsTo: inbound}, "[reaction 👍]"},
		{api.Buttons{Body: "Shall I?", Buttons: []api.Button{{ID: "y", Title: "Yes"}, {ID: "n", Title: "No"}}},
			whatsapptest.Message{Type: "interactive", Text: "Shall I?", Choices: []whatsapptest.Choice{{ID: "y", Title: "Yes"}, {ID: "n", Title: "No"}}}, "Shall I? [Yes | No]"},
		{api.List{Body: "Which?", Button: "Show", Sections: []api.Section{{Title: "All", Rows: []api.Row{{ID: "1", Title: "One", Description: "d"}}}}},
			whatsapptest.Message{Type: "interactive", Text: "Which?", Button: "Show", Choices: []whatsapptest.Choice{{ID: "1", Title: "One", Description: "d", Section: "All"}}}, "Which? [One]"},
		{api.Link{Body: "See", Title: "Open", URL: "https://example.com"}, whatsapptest.Message{Type: "interactive", Text: "See", Button: "Open", URL: "https://example.com"}, "See [Open: https://example.com]"},
		{api.Template{Name: "hello", Language: "en", Body: api.TextParameters("Ada", "noon")},
			whatsapptest.Message{Type: "template", Template: "hello", Parameters: []string{"Ada", "noon"}}, "[template hello Ada, noon]"},
	} {
		id, err := c.SendMessage(t.Context(), api.Phone(ada.WaID), tt.message)
		if err != nil {
			t.Fatalf("%T: %v", tt.message, err)
		}
		m, err := e.WaitMessage(within(t), ada)
		if err != nil {
			t.Fatal(err)
		}
		if m.String() != tt.line {
			t.Errorf("shown as %q, want %q", m, tt.line)
		}
		tt.want.ID, tt.want.To, tt.want.At, tt.want.Raw = id, ada.WaID, m.At, m.Raw
		if d := cmp.Diff(tt.want, m); d != "" {
			t.Errorf("%T (-want +got):\n%s", tt.message, d)
		}
	}
}

func TestWhatMetaRefuses(t *testing.T) {
	t.Parallel()
	e, c, _ := client(t)
	paper := e.AddMedia("application/pdf", []byte("data"))
	sound := e.AddMedia("audio/mpeg", []byte("data"))
	long := strings.Repeat("x", 5000)
	message := func(kind string, content any) api.Raw { return api.Raw{"type": kind, kind: content} }
	type m = map[string]any
	button := func(id, title string) m { return m{"type": "reply", "reply": m{"id": id, "title": title}} }
	buttons := func(list ...any) api.Raw {
		return message("interactive", m{"type": "button", "body": m{"text": "b"}, "action": m{"buttons": list}})
	}
	list := func(button string, sections ...any) api.Raw {
		return message("interactive", m{"type": "list", "body": m{"text": "b"}, "action": m{"button": button, "sections": sections}})
	}
	rows := func(n int) (all []any) {
		for i := range n {
			all = append(all, m{"id": fmt.Sprint(i), "title": "row"})
		}
		return all
	}
	for _, tt := range []struct {
		name    string
		message api.Message
		code    int
		want    string
	}{
		{"a document as a picture", api.Image{ID: paper}, 100, "application/pdf"},
		{"an MP3 as a voice note", api.Audio{ID: sound, Voice: true}, 100, "voice"},
		{"both id and link", message("image", m{"id": paper, "link": "https://e.org"}), 100, "either"},
		{"long caption", message("image", m{"link": "https://e.org", "caption": long}), 100, "1024"},
		{"caption of a sound", message("audio", m{"id": sound, "caption": "x"}), 100, "caption"},
		{"nowhere", message("location", m{"latitude": 1}), 131008, "longitude"},
		{"beyond the pole", message("location", m{"latitude": "91", "longitude": 1}), 100, "latitude"},
		{"no contacts", message("contacts", []any{}), 100, "contacts"},
		{"contact without a name", message("contacts", []any{m{}}), 131008, "formatted_name"},
		{"reaction to nothing", api.Reaction{MessageID: "wamid.x", Emoji: "👍"}, 131009, "no such message"},
		{"reaction without an emoji", message("reaction", m{"message_id": "wamid.x"}), 131008, "emoji"},
		{"unknown interactive", message("interactive", m{"type": "poll"}), 100, "poll"},
		{"no buttons", buttons(), 100, "buttons count"},
		{"four buttons", buttons(button("1", "1"), button("2", "2"), button("3", "3"), button("4", "4")), 100, "got 4"},
		{"long button", buttons(button("1", long)), 100, "20"},
		{"long button id", buttons(button(long, "1")), 100, "256"},
		{"button without an id", buttons(button("", "1")), 131008, "['id']"},
		{"same button", buttons(button("1", "1"), button("2", "1")), 100, "Duplicated"},
		{"another kind of button", buttons(m{"type": "url"}), 100, "reply"},
		{"no text", message("interactive", m{"type": "button", "action": m{"buttons": []any{button("1", "1")}}}), 131008, "body"},
		{"long text", message("interactive", m{"type": "button", "body": m{"text": long}, "action": m{"buttons": []any{button("1", "1")}}}), 100, "1024"},
		{"long footer", message("interactive", m{"type": "button", "body": m{"text": "b"}, "footer": m{"text": long}, "action": m{"buttons": []any{button("1", "1")}}}), 100, "60"},
		{"long header", message("interactive", m{"type": "button", "body": m{"text": "b"}, "header": m{"type": "text", "text": long}, "action": m{"buttons": []any{button("1", "1")}}}), 100, "60"},
		{"no list button", list("", m{"rows": rows(1)}), 131008, "button"},
		{"long list button", list(long, m{"rows": rows(1)}), 100, "20"},
		{"no sections", list("b"), 100, "sections"},
		{"no rows", list("b", m{"rows": []any{}}), 131008, "rows"},
		{"eleven rows", list("b", m{"rows": rows(11)}), 100, "10"},
		{"same rows", list("b", m{"rows": append(rows(1), rows(1)...)}), 100, "Duplicated"},
		{"sections without titles", list("b", m{"rows": rows(1)}, m{"rows": rows(1)}), 131008, "title"},
		{"long section", list("b", m{"title": long, "rows": rows(1)}), 100, "24"},
		{"long row", list("b", m{"rows": []any{m{"id": "1", "title": long}}}), 100, "24"},
		{"long description", list("b", m{"rows": []any{m{"id": "1", "title": "1", "description": long}}}), 100, "72"},
		{"link to nowhere", message("interactive", m{"type": "cta_url", "body": m{"text": "b"}, "action": m{"parameters": m{"display_text": "o", "url": "x"}}}), 100, "URL"},
		{"link without a title", message("interactive", m{"type": "cta_url", "body": m{"text": "b"}, "action": m{"parameters": m{"url": "https://e.org"}}}), 131008, "display_text"},
		{"template without a language", message("template", m{"name": "hello"}), 131008, "language"},
	} {
		_, err := c.SendMessage(t.Context(), api.Phone(ada.WaID), tt.message)
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Code != tt.code || !strings.Contains(refused.Details, tt.want) {
			t.Errorf("%s: %v, want code %d and %q", tt.name, err, tt.code, tt.want)
		}
	}
	if n := len(e.Messages(ada)); n != 0 {
		t.Errorf("%d messages came through", n)
	}
}

// One in a pause on average, with bursts on credit, for each user by itself.
func TestPairLimit(t *testing.T) {
	t.Parallel()
	const pause = time.Hour // so that the test's own time does not matter
	e, c, _ := client(t, whatsapptest.WithPairLimit(pause, 3))
	bob := whatsapptest.User{WaID: "15558880000"}
	e.MessageWebhook(bob, "text", nil)
	send := func(to whatsapptest.User) error {
		_, err := c.TrySend(context.Background(), api.Phone(to.WaID), api.Text{Body: "x"})
		return err
	}
	for i := range 3 {
		if err := send(ada); err != nil {
			t.Fatalf("message %d of a burst: %v", i+1, err)
		}
	}
	var refused *api.Error
	if err := send(ada); !errors.As(err, &refused) || !refused.PairLimited() {
		t.Errorf("beyond a burst: %v", err)
	}
	if err := send(bob); err != nil {
		t.Errorf("another user: %v", err)
	}
}

func TestThroughput(t *testing.T) {
	t.Parallel()
	_, c, _ := client(t, whatsapptest.WithThroughput(1))
	var limited error
	for range 100 { // at least two of them are in one second
		if _, err := c.TrySend(t.Context(), api.Phone(ada.WaID), api.Text{Body: "x"}); err != nil {
			limited = err
			break
		}
	}
	var refused *api.Error
	if !errors.As(limited, &refused) || refused.Code != 130429 {
		t.Errorf("got %v, want 130429", limited)
	}
}

func TestWindowCloses(t *testing.T) {
	t.Parallel()
	e, c, _ := client(t)
	send := func(m api.Message) error {
		_, err := c.SendMessage(t.Context(), api.Phone(ada.WaID), m)
		return err
	}
	if err := send(api.Text{Body: "x"}); err != nil {
		t.Fatal(err)
	}
	e.CloseWindow(ada)
	var refused *api.Error
	if err := send(api.Text{Body: "x"}); !errors.As(err, &refused) || !refused.WindowClosed() {
		t.Errorf("a text: %v", err)
	}
	if err := send(api.Template{Name: "n", Language: "en"}); err != nil {
		t.Errorf("a template: %v", err)
	}
}

func ExampleEmulator_Choose() {
	e, err := whatsapptest.New(whatsapptest.WithRules(whatsapptest.Rules{NoWindow: true, NoStatuses: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	bot := api.New(e.AccessToken(), e.PhoneNumberID(), api.WithBaseURL(e.GraphURL()))
	defer bot.Close()
	user := whatsapptest.User{WaID: "15559990000"}

	_, err = bot.SendMessage(context.Background(), api.Phone(user.WaID), api.Buttons{
		Body: "Shall I book it?", Buttons: []api.Button{{ID: "yes", Title: "Yes"}, {ID: "no", Title: "No"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := e.WaitMessage(context.Background(), user)
	fmt.Println(m)
	_, err = e.Choose(context.Background(), user, m, "maybe")
	fmt.Println(err)
	// Output:
	// Shall I book it? [Yes | No]
	// whatsapptest: the message has nothing to tap with the id "maybe"
}
