package whatsapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// TestEachNumberAnswersForItself has one user write to, and call, two numbers of one bot, and a number of another bot.
func TestEachNumberAnswersForItself(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 64) // path, action or text
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Action, Status string
			Text           struct{ Body string }
		}
		b, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(b, &body)
		if body.Status == "" { // not a read receipt
			asked <- r.URL.Path + " " + body.Action + body.Text.Body
		}
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.1"}],"success":true}`)
	}))
	defer meta.Close()
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: "token", PhoneNumberID: "100", MorePhoneNumberIDs: []string{"200"}, APIBaseURL: meta.URL,
		Mode: whatsapp.Chat, Debounce: -1, Logger: discard,
	})
	must(t, bot.Err())
	bot.OnCall(beep)
	bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		s, err := m.Conversation().Append(ctx, services.Message{Role: services.User, Text: m.Text()})
		if err != nil {
			return err
		}
		return m.Reply(ctx, fmt.Sprintf("%d", len(s.Messages)))
	})
	e := echo.New()
	bot.Mount(e.Group(""))
	server := httptest.NewServer(e)
	defer server.Close()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		must(t, bot.Shutdown(ctx))
		http.DefaultClient.CloseIdleConnections()
	})

	n := 0
	post := func(number, field, list string) string {
		n++
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":%q,"value":{
			"metadata":{"phone_number_id":%q},%s}}]}]}`, field, number, strings.ReplaceAll(list, "ID", fmt.Sprintf("id.%d", n)))
		resp, err := http.Post(server.URL+"/webhook", "application/json", strings.NewReader(body))
		must(t, err)
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	text := `"messages":[{"id":"ID","from":"15559990000","type":"text","text":{"body":"hello"}}]`
	call := `"calls":[{"id":"ID","from":"15559990000","event":"connect","session":{"sdp_type":"offer","sdp":"v=0"}}]`
	for i, tt := range []struct{ number, field, list, want string }{
		{"100", "messages", text, "/100/messages 1"},
		{"100", "messages", text, "/100/messages 2"},
		{"200", "messages", text, "/200/messages 1"}, // a conversation of its own
		{"100", "messages", text, "/100/messages 3"},
		{"200", "messages", text, "/200/messages 2"},
		{"200", "calls", call, "/200/calls reject"}, // nothing can be agreed on
		{"100", "calls", call, "/100/calls reject"},
	} {
		if answer := post(tt.number, tt.field, tt.list); !strings.Contains(answer, "processing") {
			t.Fatalf("event %d: %s", i, answer)
		}
		if got := await(t, asked); got != tt.want {
			t.Errorf("event %d: %q, want %q", i, got, tt.want)
		}
	}
	for _, list := range []string{text, call} {
		if answer := post("300", "messages", list); !strings.Contains(answer, "ignored") {
			t.Errorf("an event for another bot's number: %s", answer)
		}
	}
}
