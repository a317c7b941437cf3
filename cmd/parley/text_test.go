package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
)

func TestText(t *testing.T) {
	for name, flags := range map[string][]string{"number": nil, "no number": {"--user-id", "US.77"}} {
		t.Run(name, func(t *testing.T) {
			graph := freeAddr(t)
			bot := whatsapp.New(whatsapp.Config{AccessToken: "any", PhoneNumberID: "42", AppSecret: "secret", APIBaseURL: "http://" + graph + "/v25.0"})
			bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error { return m.Reply(ctx, "You said "+m.Text()) })
			e := echo.New()
			bot.Mount(e.Group("/whatsapp"))
			server := httptest.NewServer(e)
			defer func() {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				if err := bot.Shutdown(ctx); err != nil {
					t.Error(err)
				}
				server.Close()
				http.DefaultClient.CloseIdleConnections()
			}()
			var stdout, stderr bytes.Buffer
			args := append([]string{"text", "--webhook", server.URL + "/whatsapp/webhook", "--graph-addr", graph, "--app-secret", "secret", "--phone-number-id", "42"}, flags...)
			if code := run(context.Background(), append(args, "one", "two"), &stdout, &stderr); code != exitOK {
				t.Fatalf("status %d: %s", code, stderr.String())
			}
			for _, want := range []string{"user: one\nbot:  You said one ", "user: two\nbot:  You said two "} {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("no %q in\n%s", want, stdout.String())
				}
			}
		})
	}
}

func TestTextFails(t *testing.T) {
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer deaf.Close()
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no webhook": {[]string{"hello"}, exitUsage, "--webhook"},
		"no text":    {[]string{"--webhook", deaf.URL}, exitUsage, "nothing to write"},
		"no answer":  {[]string{"--webhook", deaf.URL, "--patience", "100ms", "hello"}, exitFailed, "did not answer within 100ms"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"text", "--graph-addr", freeAddr(t)}, tt.args...)
		if code := run(context.Background(), args, &stdout, &stderr); code != tt.code || !strings.Contains(stderr.String(), tt.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: status %d: %q", name, code, stderr.String())
		}
	}
}
