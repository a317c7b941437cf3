package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is how long the test waits for anything.
const limit = 30 * time.Second

// model is a server that answers with what it was told, but for the instructions.
func model(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Messages []struct{ Role, Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var all []string
		for _, m := range asked.Messages[1:] {
			if m.Role == "user" {
				all = append(all, m.Content)
			}
		}
		text, _ := json.Marshal("I know: " + strings.Join(all, ", "))
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{"content":%s},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n", text)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1"
}

// start runs the bot until the returned function is called.
func start(t *testing.T, address string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }() // ends with stop
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get("http://" + address + "/whatsapp/health"); err == nil {
			resp.Body.Close()
			break
		}
		select {
		case err := <-done:
			t.Fatalf("the bot ended: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("the bot does not come up")
		}
	}
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the bot ended with %v", err)
		}
	}
}

func TestTheBotAnswersAndRemembersOverARestart(t *testing.T) {
	meta, err := whatsapptest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer meta.Close()
	defer http.DefaultClient.CloseIdleConnections()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	for name, value := range map[string]string{
		"WHATSAPP_ACCESS_TOKEN": meta.AccessToken(), "WHATSAPP_PHONE_NUMBER_ID": meta.PhoneNumberID(), "WHATSAPP_APP_SECRET": meta.AppSecret(),
		"WHATSAPP_VERIFY_TOKEN": meta.VerifyToken(), "WHATSAPP_API_BASE_URL": meta.GraphURL(), "LISTEN_ADDR": address,
		"PARLEY_STORE": "file:" + filepath.Join(t.TempDir(), "talk.db"), "PARLEY_LLM": "",
		"OPENAI_BASE_URL": model(t), "OPENAI_API_KEY": "", "OPENAI_MODEL": "test",
	} {
		t.Setenv(name, value)
	}
	meta.SetWebhook("http://" + address + "/whatsapp/webhook")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	ask := func(from whatsapptest.User, text, want string) {
		t.Helper()
		if _, err := meta.SendText(ctx, from, text); err != nil {
			t.Fatal(err)
		}
		m, err := meta.WaitMessage(ctx, from)
		if err != nil || m.Text != want {
			t.Errorf("%q is answered with %q (%v), want %q", text, m.Text, err, want)
		}
	}
	ada, bob := whatsapptest.User{WaID: "15559990000"}, whatsapptest.User{WaID: "15558880000", ID: "US.8", Hidden: true}

	stop := start(t, address)
	ask(ada, "My name is Ada", "I know: My name is Ada")
	ask(bob, "I am Bob", "I know: I am Bob")
	ask(ada, "And you?", "I know: My name is Ada, And you?")
	stop()
	stop = start(t, address)
	ask(bob, "Still there?", "I know: I am Bob, Still there?")
	stop()
	for _, v := range meta.Violations() {
		t.Errorf("the bot broke a rule: %v", v)
	}
}

func TestWhatIsMissingIsToldAtOnce(t *testing.T) {
	for _, name := range []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "PARLEY_LLM"} {
		t.Setenv(name, "")
	}
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
	t.Setenv("OPENAI_MODEL", "test")
	t.Setenv("PARLEY_STORE", "memory")
	err := run(t.Context())
	if err == nil || strings.Count(err.Error(), "WHATSAPP_ACCESS_TOKEN") != 1 || strings.Count(err.Error(), "WHATSAPP_PHONE_NUMBER_ID") != 1 {
		t.Errorf("got %v", err)
	}
}

// All that is wrong with the settings is told at once, the store's as well.
func TestWhatIsWrongIsToldAtOnce(t *testing.T) {
	t.Setenv("WHATSAPP_ACCESS_TOKEN", "")
	t.Setenv("WHATSAPP_MODE", "talk")
	t.Setenv("PARLEY_STORE", "floppy:a")
	err := run(t.Context())
	for _, name := range []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_MODE", "PARLEY_STORE"} {
		if err == nil || strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s is not told once: %v", name, err)
		}
	}
}
