package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestExamine(t *testing.T) {
	is := func(v verdict, text, fix string) func(context.Context) finding {
		return func(context.Context) finding { return finding{v, text, fix} }
	}
	tests := []struct {
		name string
		list []check
		err  error
		want []string
	}{
		{"all well", []check{{"opus", is(well, "fine", "")}}, nil, []string{"ok    opus", "fine"}},
		{"a note is no failure", []check{{"voices", is(note, "no flite", "install it")}}, nil,
			[]string{"note  voices", "-> install it"}},
		{"a failure goes on with the rest", []check{{"models", is(unwell, "missing", "run: parley setup")},
			{"port", is(well, "free", "")}}, errUnwell, []string{"FAIL  models", "-> run: parley setup", "ok    port"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := examine(t.Context(), &out, tt.list); !errors.Is(err, tt.err) {
				t.Errorf("got error %v, want %v", err, tt.err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestExamineEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	err := examine(ctx, &out, []check{{"x", func(context.Context) finding { return finding{verdict: unwell} }}})
	if !errors.Is(err, context.Canceled) || out.Len() > 0 {
		t.Errorf("got %v and output %q, want context.Canceled and nothing", err, out.String())
	}
}

func TestCheckModelsMissing(t *testing.T) {
	t.Setenv("PARLEY_CACHE", t.TempDir())
	f := checkModels(t.Context())
	if f.verdict != unwell || !strings.Contains(f.text, "silero") || !strings.Contains(f.fix, "parley setup") {
		t.Errorf("an empty cache: got %+v", f)
	}
	var out bytes.Buffer
	if err := runSetup(t.Context(), []string{"--check"}, &out, &out); !errors.Is(err, errNotSetUp) {
		t.Errorf("setup --check on an empty cache: got %v", err)
	}
	if !strings.Contains(out.String(), "silero") {
		t.Errorf("setup --check does not say what is missing: %q", out.String())
	}
}

func TestCheckPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LISTEN_ADDR", l.Addr().String())
	if f := checkPort(t.Context()); f.verdict != unwell || !strings.Contains(f.fix, "LISTEN_ADDR") {
		t.Errorf("a taken port: got %+v", f)
	}
	l.Close()
	if f := checkPort(t.Context()); f.verdict != well {
		t.Errorf("a free port: got %+v", f)
	}
}

func TestCheckWhatsApp(t *testing.T) {
	names := []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_APP_SECRET"}
	for _, name := range names {
		t.Setenv(name, "secret-value")
	}
	f := checkWhatsApp(t.Context())
	if f.verdict != well || strings.Contains(f.text+f.fix, "secret-value") {
		t.Errorf("all set: got %+v", f)
	}
	t.Setenv("WHATSAPP_ACCESS_TOKEN", "")
	if f := checkWhatsApp(t.Context()); f.verdict != note || !strings.Contains(f.text, "WHATSAPP_ACCESS_TOKEN") ||
		strings.Contains(f.text, "VERIFY") {
		t.Errorf("one missing: got %+v", f)
	}
}

func TestCheckOpusAndUDP(t *testing.T) {
	for name, look := range map[string]func(context.Context) finding{"opus": checkOpus, "udp": checkUDP} {
		if f := look(t.Context()); f.verdict != well {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestCheckVoicesMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if f := checkVoices(t.Context()); f.verdict != note || !strings.Contains(f.fix, "flite") {
		t.Errorf("no flite: got %+v", f)
	}
}

func TestSameWords(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"Hello, can you hear me?", "hello can you hear me", true},
		{"Hello. Can you hear me", spoken, true},
		{"Hello, can you here me?", spoken, false},
		{"", spoken, false},
	}
	for _, tt := range tests {
		if got := sameWords(tt.a, tt.b); got != tt.want {
			t.Errorf("sameWords(%q, %q) is %v", tt.a, tt.b, got)
		}
	}
}

func TestCheckSpeechWithoutModels(t *testing.T) {
	t.Setenv("PARLEY_CACHE", t.TempDir())
	if f := checkSpeech(t.Context()); f.verdict != unwell || !strings.Contains(f.fix, "parley setup") {
		t.Errorf("no models: got %+v", f)
	}
}

func TestCheckBrain(t *testing.T) {
	for _, name := range []string{"PARLEY_LLM", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"} {
		t.Setenv(name, "")
	}
	model := func(status int, answer string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case status != http.StatusOK:
				w.WriteHeader(status)
			case strings.HasSuffix(r.URL.Path, "/models"):
				_, _ = io.WriteString(w, `{"data":[{"id":"tiny"}]}`)
			default:
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, answer+"data: [DONE]\n\n")
			}
		}))
		t.Cleanup(s.Close)
		return s.URL + "/v1"
	}
	const hello = `data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}` + "\n\n"
	tests := []struct {
		name, llm, url string
		want           verdict
		text           string
	}{
		{"a server that answers", "", model(http.StatusOK, hello), well, "tiny"},
		{"a server that says nothing", "", model(http.StatusOK, ""), unwell, ""},
		{"a wrong key", "", model(http.StatusUnauthorized, ""), unwell, "401"},
		{"a bad setting", "gpt", "", unwell, "PARLEY_LLM"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PARLEY_LLM", tt.llm)
			t.Setenv("OPENAI_BASE_URL", tt.url)
			t.Setenv("OPENAI_API_KEY", "secret-key")
			t.Setenv("OPENAI_MODEL", "tiny")
			f := checkBrain(t.Context())
			if f.verdict != tt.want || !strings.Contains(f.text, tt.text) {
				t.Errorf("got %+v, want %s with %q", f, tt.want, tt.text)
			}
			if strings.Contains(f.text+f.fix, "secret-key") {
				t.Errorf("the key is in the output: %+v", f)
			}
		})
	}
}

func TestCheckSounds(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if f := checkSounds(t.Context()); f.verdict != note || !strings.Contains(f.fix, "ffmpeg") {
		t.Errorf("without ffmpeg: %+v", f)
	}
}
