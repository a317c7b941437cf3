package caller_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/beepbot"
	"github.com/parley-voice/parley/internal/caller"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ada = whatsapptest.User{WaID: "15559990000"}

// within is a context for one test.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// stage starts an emulator and a bot that know each other.
func stage(t *testing.T, cfg beepbot.Config) *whatsapptest.Emulator {
	t.Helper()
	e, err := whatsapptest.New()
	if err != nil {
		t.Fatal(err)
	}
	cfg.WhatsApp = whatsapp.Config{AccessToken: e.AccessToken(), PhoneNumberID: e.PhoneNumberID(), VerifyToken: e.VerifyToken(),
		AppSecret: e.AppSecret(), APIBaseURL: e.GraphURL()}
	bot, err := beepbot.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e.SetWebhook(bot.Webhook())
	t.Cleanup(func() {
		if err := bot.Close(within(t)); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return e
}

// speech is a tone with some silence around it.
func speech(length time.Duration) audio.PCM {
	f := audio.Mono(16000)
	pcm := make([]int16, f.Samples(length)+3200)
	for i := 1600; i < len(pcm)-1600; i++ {
		pcm[i] = int16(9000 * math.Sin(2*math.Pi*300*float64(i)/16000))
	}
	return audio.PCM{Format: f, Samples: pcm}
}

// manners of a caller who has no time.
func manners(call *whatsapptest.Call) caller.Conversation {
	return caller.Conversation{Call: call, Quiet: 300 * time.Millisecond, Patience: 5 * time.Second, Finish: 10 * time.Second}
}

func request() caller.Request {
	return caller.Request{From: ada, Clip: speech(600 * time.Millisecond), Answer: 5 * time.Second, Greeting: 2 * time.Second, Conversation: manners(nil)}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, greeting := range []string{"Hello.", ""} {
		t.Run("greeting "+greeting, func(t *testing.T) {
			t.Parallel()
			e := stage(t, beepbot.Config{Greeting: greeting})
			r := request()
			if greeting == "" {
				r.Greeting = 200 * time.Millisecond
			}
			result, recording, err := caller.Place(within(t), e, r)
			if err != nil {
				t.Fatalf("%v: %+v", err, result)
			}
			if !result.OK || len(result.Violations) > 0 || result.Response == nil || *result.Response < 100 || *result.Response > 3000 {
				t.Errorf("result %+v", result)
			}
			if result.AnswerSeconds < 0.4 || result.AnswerSeconds > 1 {
				t.Errorf("the answer took %v s, want half a second", result.AnswerSeconds)
			}
			if recording.Channels != 2 || recording.Duration() < time.Second {
				t.Errorf("recording %v, %v", recording.Format, recording.Duration())
			}
			body, err := json.Marshal(result)
			if err != nil || !bytes.Contains(body, []byte(`"response_ms":`)) {
				t.Errorf("%s %v", body, err)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	e := stage(t, beepbot.Config{Greeting: "Hello.", Answer: func(n int) string {
		if n == 1 {
			return "A long story."
		}
		return "Yes."
	}})
	ctx := within(t)
	call, err := e.Call(ctx, ada)
	if err != nil {
		t.Fatal(err)
	}
	c := manners(call)
	if _, err := c.Listen(ctx, 0); err != nil {
		t.Fatal(err)
	}
	first, err := c.Begin(ctx, speech(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WaitSpeaking(ctx, first.Said.LastSpeech, 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	second, err := c.Interrupt(ctx, speech(900*time.Millisecond))
	if err != nil {
		t.Fatalf("%v %v", err, call.Speech())
	}
	if second.BargeIn <= 0 || second.BargeIn > 900*time.Millisecond {
		t.Errorf("the bot fell silent after %v", second.BargeIn)
	}
	if second.Overlap || second.Response <= 0 {
		t.Errorf("response %v, overlap %v", second.Response, second.Overlap)
	}
	// The bot is silent now: there is nothing to interrupt.
	if _, err := c.Interrupt(ctx, speech(500*time.Millisecond)); !errors.Is(err, caller.ErrNotSpeaking) {
		t.Errorf("interrupt a silent bot: %v", err)
	}
	if err := call.HangUp(ctx); err != nil {
		t.Error(err)
	}
}

// TestNoAnswer has bots that take the webhook and do nothing, or ask somebody else.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	dumb := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer dumb.Close()
	e, err := whatsapptest.New(whatsapptest.WithWebhook(dumb.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	r := request()
	r.Answer = 50 * time.Millisecond
	result, _, err := caller.Place(within(t), e, r)
	want := "did not accept the call within 50ms; it made no request to " + e.GraphURL()
	if err == nil || !strings.Contains(err.Error(), want) || result.OK || result.Error != err.Error() {
		t.Errorf("%v, want %q", err, want)
	}
	if result.Ended != "hung up by user" {
		t.Errorf("ended %q", result.Ended)
	}
	e.SetWebhook("http://127.0.0.1:1")
	if _, _, err := caller.Place(within(t), e, r); !errors.Is(err, whatsapptest.ErrWebhookUnreachable) {
		t.Errorf("%v", err)
	}
}

// TestRefusedBot has a bot whose requests Graph refuses.
func TestRefusedBot(t *testing.T) {
	t.Parallel()
	e := stage(t, beepbot.Config{})
	e.SetAccessToken("another")
	r := request()
	r.Answer = 500 * time.Millisecond
	_, _, err := caller.Place(within(t), e, r)
	if err == nil || !strings.Contains(err.Error(), ", status 401") {
		t.Errorf("%v", err)
	}
}

func TestSilentBot(t *testing.T) {
	t.Parallel()
	e := stage(t, beepbot.Config{Answer: func(int) string { return beepbot.Mute }})
	r := request()
	r.Greeting, r.Conversation.Patience = 100*time.Millisecond, 700*time.Millisecond
	result, recording, err := caller.Place(within(t), e, r)
	if !errors.Is(err, caller.ErrSilent) || result.OK || recording.Len() == 0 {
		t.Errorf("%v, %+v", err, result)
	}
}

func TestClips(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wav := filepath.Join(dir, "good.wav")
	file, err := os.Create(wav)
	if err != nil {
		t.Fatal(err)
	}
	stereo, err := audio.Stereo(speech(time.Second), speech(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := audio.WriteWAV(file, stereo); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := caller.LoadWAV(wav)
	if err != nil || got.Format != audio.Mono(16000) || got.Len() != stereo.Len() {
		t.Errorf("%v, %d samples, %v", got.Format, got.Len(), err)
	}
	raw, err := binary.Append(nil, binary.LittleEndian, speech(time.Second).Samples)
	if err != nil {
		t.Fatal(err)
	}
	rawFile := write("good.raw", raw)
	if got, err := caller.LoadRaw(rawFile, 8000); err != nil || got.Len() != 2*len(raw)/2 {
		t.Errorf("%d samples, %v", got.Len(), err)
	}
	tests := []struct {
		name, want string
		load       func() (audio.PCM, error)
	}{
		{"no file", "there is no file", func() (audio.PCM, error) { return caller.LoadWAV(filepath.Join(dir, "nix")) }},
		{"no raw file", "there is no file", func() (audio.PCM, error) { return caller.LoadRaw(filepath.Join(dir, "nix"), 16000) }},
		{"no WAV", "convert it", func() (audio.PCM, error) { return caller.LoadWAV(write("bad", []byte("hello"))) }},
		{"silence", "louder than", func() (audio.PCM, error) { return caller.LoadRaw(write("silence", make([]byte, 32000)), 16000) }},
		{"bad rate", "cannot use", func() (audio.PCM, error) { return caller.LoadRaw(rawFile, -1) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.load(); !errors.Is(err, caller.ErrClip) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestSwitchboard(t *testing.T) {
	t.Parallel()
	e := stage(t, beepbot.Config{Greeting: "Hello."})
	server := httptest.NewServer(caller.NewSwitchboard(e))
	defer server.Close()
	post := func(path string, body []byte) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(within(t), http.MethodPost, server.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	if status, text := post("/text", []byte("hi")); status != 200 || text != "Answer 1.\n" {
		t.Errorf("text: %d %q", status, text)
	}
	if status, text := post("/text?from=15551112222", []byte("hi")); status != 200 || text != "Answer 2.\n" {
		t.Errorf("text of another user: %d %q", status, text)
	}
	if status, _ := post("/text", nil); status != 400 {
		t.Errorf("empty text: %d", status)
	}
	if status, _ := post("/call", []byte("no WAV")); status != 400 {
		t.Errorf("call with a bad WAV: %d", status)
	}
	result, recording, err := caller.PlaceVia(within(t), server.URL, ada.WaID, speech(600*time.Millisecond))
	if err != nil || !result.OK || recording.Channels != 2 || recording.Duration() < time.Second {
		t.Errorf("call: %+v, %v, %v", result, recording.Duration(), err)
	}
	if _, _, err := caller.PlaceVia(within(t), "http://127.0.0.1:1", "1", speech(time.Second)); err == nil || !strings.Contains(err.Error(), "there is no emulator at") {
		t.Errorf("nobody there: %v", err)
	}
	if _, _, err := caller.PlaceVia(within(t), server.URL+"/nix", "1", speech(time.Second)); err == nil || !strings.Contains(err.Error(), "answered 404") {
		t.Errorf("not an emulator: %v", err)
	}
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(*caller.Milliseconds(123456 * time.Microsecond)); got != "123.5" {
		t.Error(got)
	}
}

// TestManyCallers has twenty callers at once, each with a line of their own.
func TestManyCallers(t *testing.T) {
	const callers = 20
	e := stage(t, beepbot.Config{Greeting: "Hello."})
	results := make(chan error, callers)
	for i := range callers {
		go func() { // ends with its call, and is waited for below
			r := request()
			r.From = whatsapptest.User{WaID: fmt.Sprintf("1555888%04d", i)}
			result, _, err := caller.Place(within(t), e, r)
			if err == nil && len(result.Violations) > 0 {
				err = fmt.Errorf("violations: %v", result.Violations)
			}
			results <- err
		}()
	}
	for range callers {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if n := len(e.Calls()); n != 0 {
		t.Errorf("%d calls go on", n)
	}
}
