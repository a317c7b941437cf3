package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// What each kind of message looks like on the wire, without what all have.
func TestMessagesOnTheWire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		message graph.Message
		want    string
	}{
		{graph.Text{Body: "Hi", PreviewURL: true, ReplyTo: "wamid.1"}, `{"type":"text","text":{"body":"Hi","preview_url":true},"context":{"message_id":"wamid.1"}}`},
		{graph.Image{ID: "1", Caption: "c"}, `{"type":"image","image":{"id":"1","caption":"c"}}`},
		{graph.Video{Link: "https://example.com/v"}, `{"type":"video","video":{"link":"https://example.com/v"}}`},
		{graph.Document{ID: "1", Filename: "a.pdf"}, `{"type":"document","document":{"id":"1","filename":"a.pdf"}}`},
		{graph.Sticker{ID: "1"}, `{"type":"sticker","sticker":{"id":"1"}}`},
		{graph.Audio{ID: "1", Voice: true}, `{"type":"audio","audio":{"id":"1","voice":true}}`},
		{graph.Location{Latitude: 50.45, Longitude: -30.5, Name: "n", Address: "a"}, `{"type":"location","location":{"latitude":50.45,"longitude":-30.5,"name":"n","address":"a"}}`},
		{graph.Contacts{{Name: "Ada L", LastName: "L", Organization: "o", Phones: []string{"+1555"}, Emails: []string{"a@b"}, Websites: []string{"https://e.org"}}},
			`{"type":"contacts","contacts":[{"name":{"formatted_name":"Ada L","first_name":"Ada L","last_name":"L"},"org":{"company":"o"},"phones":[{"phone":"+1555"}],"emails":[{"email":"a@b"}],"urls":[{"url":"https://e.org"}]}]}`},
		{graph.Reaction{MessageID: "wamid.1", Emoji: "👩‍🚀"}, `{"type":"reaction","reaction":{"message_id":"wamid.1","emoji":"👩‍🚀"}}`},
		{graph.Reaction{MessageID: "wamid.1"}, `{"type":"reaction","reaction":{"message_id":"wamid.1","emoji":""}}`},
		{graph.Buttons{Body: "b", Buttons: []graph.Button{{"1", "Yes"}, {"2", "No"}}, Header: "h", Footer: "f"},
			`{"type":"interactive","interactive":{"type":"button","header":{"type":"text","text":"h"},"body":{"text":"b"},"footer":{"text":"f"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"Yes"}},{"type":"reply","reply":{"id":"2","title":"No"}}]}}}`},
		{graph.List{Body: "b", Button: "Choose", Sections: []graph.Section{{Rows: []graph.Row{{"1", "One", "the first"}, {"2", "Two", ""}}}}},
			`{"type":"interactive","interactive":{"type":"list","body":{"text":"b"},"action":{"button":"Choose","sections":[{"rows":[{"id":"1","title":"One","description":"the first"},{"id":"2","title":"Two"}]}]}}}`},
		{graph.Link{Body: "b", Title: "Open", URL: "https://example.com"},
			`{"type":"interactive","interactive":{"type":"cta_url","body":{"text":"b"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://example.com"}}}}`},
		{graph.Template{Name: "hello", Language: "en_US"}, `{"type":"template","template":{"name":"hello","language":{"code":"en_US"}}}`},
		{graph.Template{Name: "order", Language: "de", Header: []graph.Parameter{{File: graph.Image{ID: "1"}}}, Body: append(graph.TextParameters("a"), graph.Parameter{Name: "who", Text: "Ada"}),
			Buttons: []graph.TemplateButton{{Place: 0, Payload: "p"}, {Place: 1, URL: "42"}}},
			`{"type":"template","template":{"name":"order","language":{"code":"de"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"1"}}]},{"type":"body","parameters":[{"type":"text","text":"a"},{"type":"text","text":"Ada","parameter_name":"who"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"p"}]},{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"42"}]}]}}`},
		{graph.Reply("wamid.1", graph.Sticker{ID: "1"}), `{"type":"sticker","sticker":{"id":"1"},"context":{"message_id":"wamid.1"}}`},
		{graph.Raw{"type": "new", "new": 1}, `{"type":"new","new":1}`},
	} {
		t.Run(fmt.Sprintf("%T", tt.message), func(t *testing.T) {
			t.Parallel()
			c, requests := server(t, answer(200, `{"messages":[{"id":"wamid.O"}]}`))
			id, err := c.SendMessage(t.Context(), graph.Phone("15559990000"), tt.message)
			if err != nil || id != "wamid.O" {
				t.Fatalf("%q, %v", id, err)
			}
			want := map[string]any{"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15559990000"}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, requests()[0].Body); d != "" {
				t.Errorf("request (-want +got):\n%s", d)
			}
		})
	}
}

func TestMessagesThatMetaWouldRefuse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	emoji := strings.Repeat("👍", 11) // 22 units
	ok := []graph.Button{{"1", "Yes"}}
	rows := func(n int) (all []graph.Row) {
		for i := range n {
			all = append(all, graph.Row{ID: fmt.Sprint(i), Title: fmt.Sprint("row ", i)})
		}
		return all
	}
	list := func(s ...graph.Section) graph.List { return graph.List{Body: "b", Button: "Choose", Sections: s} }
	for _, tt := range []struct {
		name    string
		message graph.Message
		want    string
	}{
		{"no text", graph.Text{}, "empty"},
		{"blank text", graph.Text{Body: " \n"}, "empty"},
		{"long text", graph.Text{Body: long}, "4096"},
		{"neither id nor link", graph.Image{}, "either the id"},
		{"both", graph.Audio{ID: "1", Link: "https://e.org"}, "either the id"},
		{"no link", graph.Video{Link: "file:///etc/passwd"}, "http"},
		{"long caption", graph.Document{ID: "1", Caption: long}, "1024"},
		{"beyond the pole", graph.Location{Latitude: 91}, "90"},
		{"nowhere", graph.Location{Longitude: math.NaN()}, "180"},
		{"no contact", graph.Contacts{}, "no contact"},
		{"contact without a name", graph.Contacts{{Name: "Ada"}, {}}, "contact 2"},
		{"reaction to nothing", graph.Reaction{Emoji: "👍"}, "id"},
		{"reaction of two", graph.Reaction{MessageID: "1", Emoji: "👍👎"}, "one emoji"},
		{"reaction as a reply", graph.Reply("wamid.1", graph.Reaction{MessageID: "1", Emoji: "👍"}), "cannot quote"},
		{"no buttons", graph.Buttons{Body: "b"}, "1 to 3"},
		{"four buttons", graph.Buttons{Body: "b", Buttons: []graph.Button{{"1", "1"}, {"2", "2"}, {"3", "3"}, {"4", "4"}}}, "1 to 3"},
		{"long title", graph.Buttons{Body: "b", Buttons: []graph.Button{{"1", emoji}}}, "the limit is 20"},
		{"same title", graph.Buttons{Body: "b", Buttons: []graph.Button{{"1", "a"}, {"2", "a"}}}, "button 2"},
		{"same id", graph.Buttons{Body: "b", Buttons: []graph.Button{{"1", "a"}, {"1", "b"}}}, "button 2"},
		{"no id", graph.Buttons{Body: "b", Buttons: []graph.Button{{"", "a"}}}, "id of button 1"},
		{"long id", graph.Buttons{Body: "b", Buttons: []graph.Button{{long, "a"}}}, "256"},
		{"long body", graph.Buttons{Body: long, Buttons: ok}, "1024"},
		{"no body", graph.Buttons{Buttons: ok}, "text is empty"},
		{"long footer", graph.Buttons{Body: "b", Buttons: ok, Footer: long}, "60"},
		{"long header", graph.Buttons{Body: "b", Buttons: ok, Header: long}, "60"},
		{"no sections", list(), "sections"},
		{"no rows", list(graph.Section{}), "no rows"},
		{"eleven rows", list(graph.Section{Rows: rows(11)}), "10 rows"},
		{"eleven rows in two sections", list(graph.Section{Title: "a", Rows: rows(6)}, graph.Section{Title: "b", Rows: rows(5)}), "id"},
		{"sections without titles", list(graph.Section{Rows: rows(1)}, graph.Section{Rows: rows(1)}), "section 1"},
		{"long row", list(graph.Section{Rows: []graph.Row{{"1", long, ""}}}), "24"},
		{"long description", list(graph.Section{Rows: []graph.Row{{"1", "a", long}}}), "72"},
		{"long row id", list(graph.Section{Rows: []graph.Row{{long, "a", ""}}}), "200"},
		{"list without a button", graph.List{Body: "b", Sections: []graph.Section{{Rows: rows(1)}}}, "button"},
		{"long list", graph.List{Body: long, Button: "b", Sections: []graph.Section{{Rows: rows(1)}}}, "4096"},
		{"link to nowhere", graph.Link{Body: "b", Title: "t", URL: "example.com"}, "http"},
		{"long link", graph.Link{Body: "b", Title: long, URL: "https://example.com"}, "20"},
		{"template without a name", graph.Template{Language: "en"}, "name"},
		{"template without a language", graph.Template{Name: "n"}, "language"},
		{"empty parameter", graph.Template{Name: "n", Language: "en", Body: graph.TextParameters("")}, "body"},
		{"file in the body", graph.Template{Name: "n", Language: "en", Body: []graph.Parameter{{File: graph.Image{ID: "1"}}}}, "header"},
		{"odd file", graph.Template{Name: "n", Language: "en", Header: []graph.Parameter{{File: graph.Sticker{ID: "1"}}}}, "Sticker"},
		{"button of a template", graph.Template{Name: "n", Language: "en", Buttons: []graph.TemplateButton{{}}}, "payload"},
		{"place of a button", graph.Template{Name: "n", Language: "en", Buttons: []graph.TemplateButton{{Place: 10, URL: "x"}}}, "10"},
		{"nothing", nil, "no message"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, requests := server(t, answer(200, `{"messages":[{"id":"wamid.O"}]}`))
			_, err := c.SendMessage(t.Context(), graph.Phone("15559990000"), tt.message)
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.message != nil && !errors.Is(err, graph.ErrInvalid) {
				t.Errorf("got %v, want it to name %q", err, tt.want)
			}
			if graph.OutcomeUnknown(err) || len(requests()) > 0 {
				t.Error("it was sent")
			}
		})
	}
}

// The longest that is allowed is sent.
func TestMessagesAtTheirLimits(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, m := range []graph.Message{
		graph.Text{Body: strings.Repeat("👍", 2048)},
		graph.Image{ID: "1", Caption: x(1024)},
		graph.Buttons{Body: x(1024), Header: x(60), Footer: x(60), Buttons: []graph.Button{{x(256), x(20)}, {"2", "2"}, {"3", "3"}}},
		graph.List{Body: x(4096), Button: x(20), Sections: []graph.Section{{Title: x(24), Rows: []graph.Row{{x(200), x(24), x(72)}}}}},
	} {
		c, _ := server(t, answer(200, `{"messages":[{"id":"wamid.O"}]}`))
		if _, err := c.SendMessage(t.Context(), graph.Phone("15559990000"), m); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
}

func TestFilesThatMetaWouldRefuse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mime string
		size int64
		want string // "" is taken
	}{
		{"image/png", 5 << 20, ""},
		{"audio/ogg; codecs=opus", 1, ""},
		{"application/pdf", 100 << 20, ""},
		{"text/plain; charset=utf-8", 1, ""},
		{"image/png", 5<<20 + 1, "the limit of image/png is 5242880"},
		{"application/zip", 100<<20 + 1, "104857600"},
		{"image/gif", 1, "JPEG and PNG"},
		{"audio/wav", 1, "Ogg with Opus"},
		{"video/quicktime", 1, "MP4"},
		{"font/ttf", 1, "font/ttf"},
		{"image/png", 0, "empty"},
		{"", 1, "MIME"},
		{"\xff", 1, "MIME"},
	} {
		err := graph.CheckMedia(tt.mime, tt.size)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, graph.ErrInvalid)) {
			t.Errorf("%q of %d bytes: %v, want %q", tt.mime, tt.size, err, tt.want)
		}
	}
	c, requests := server(t, answer(200, `{"id":"1"}`))
	if _, err := c.UploadMedia(t.Context(), "a.gif", "image/gif", []byte("GIF89a")); !errors.Is(err, graph.ErrInvalid) || len(requests()) > 0 {
		t.Errorf("a GIF was uploaded: %v", err)
	}
}

// Somebody who paces messages is told about limits instead of waiting; other faults are repeated as ever.
func TestTrySend(t *testing.T) {
	t.Parallel()
	limit := `{"error":{"code":131056,"message":"pair"}}`
	c, requests := server(t, answer(400, limit, "Retry-After", "7"))
	_, err := c.TrySend(t.Context(), graph.Phone("1"), graph.Text{Body: "x"})
	var refused *graph.Error
	if !errors.As(err, &refused) || !refused.PairLimited() || !refused.Limited() || refused.RetryAfter != 7*time.Second || len(requests()) != 1 {
		t.Errorf("%d requests, %v", len(requests()), err)
	}
	c, requests = server(t, answer(500, `{"error":{"code":131000}}`), answer(200, `{"messages":[{"id":"wamid.O"}]}`))
	if _, err := c.TrySend(t.Context(), graph.Phone("1"), graph.Text{Body: "x"}); err != nil || len(requests()) != 2 {
		t.Errorf("%d requests, %v", len(requests()), err)
	}
}

func TestClassesOfRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		e                *graph.Error
		limited, lasting bool
	}{
		{&graph.Error{HTTPStatus: 400, Code: 131047}, false, true},
		{&graph.Error{HTTPStatus: 401, Code: 190}, false, true},
		{&graph.Error{HTTPStatus: 401}, false, true},
		{&graph.Error{HTTPStatus: 403, Code: 200}, false, true},
		{&graph.Error{HTTPStatus: 400, Code: 131026}, false, true},
		{&graph.Error{HTTPStatus: 429, Code: 131048}, false, true},
		{&graph.Error{HTTPStatus: 400, Code: 130429}, true, true},
		{&graph.Error{HTTPStatus: 429}, true, false},
		{&graph.Error{HTTPStatus: 400, Code: 100}, false, false},
		{&graph.Error{HTTPStatus: 500, Code: 131000}, false, false},
	} {
		if tt.e.Limited() != tt.limited || tt.e.Lasting() != tt.lasting {
			t.Errorf("%d/%d: limited %v, lasting %v", tt.e.HTTPStatus, tt.e.Code, tt.e.Limited(), tt.e.Lasting())
		}
	}
}

func ExampleClient_SendMessage() {
	// The limits are checked before anything is sent.
	client := graph.New("access token", "600700800900100")
	defer client.Close()
	_, err := client.SendMessage(context.Background(), graph.Phone("15559990000"), graph.Buttons{
		Body: "Shall I book it?", Buttons: []graph.Button{{ID: "yes", Title: "Yes, the whole week, please"}},
	})
	fmt.Println(err)
	// Output: graph: Meta does not take this: the title of button 1 has 27 characters; the limit is 20
}
