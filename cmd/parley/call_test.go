package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/internal/beepbot"
	"github.com/parley-voice/parley/internal/caller"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// question writes a WAV file with a tone.
func question(t *testing.T) string {
	t.Helper()
	pcm := audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 9600)}
	for i := range pcm.Samples {
		pcm.Samples[i] = int16(9000 * math.Sin(2*math.Pi*300*float64(i)/16000))
	}
	path := filepath.Join(t.TempDir(), "question.wav")
	if err := saveWAV(path, pcm); err != nil {
		t.Fatal(err)
	}
	return path
}

// freeAddr finds a loopback port that nobody uses.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestCall(t *testing.T) {
	graph := freeAddr(t)
	bot, err := beepbot.Start(beepbot.Config{Greeting: "Hello.", WhatsApp: whatsapp.Config{
		AccessToken: "any", PhoneNumberID: "42", VerifyToken: "verify", AppSecret: "secret", APIBaseURL: "http://" + graph + "/v25.0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := bot.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	out := filepath.Join(t.TempDir(), "call.wav")
	args := []string{"call", "--wav", question(t), "--webhook", bot.Webhook(), "--graph-addr", graph, "--app-secret", "secret",
		"--verify-token", "verify", "--phone-number-id", "42", "--quiet", "300ms", "--out", out}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), append(args, "--json"), &stdout, &stderr); code != exitOK {
		t.Fatalf("status %d: %s", code, stderr.String())
	}
	var result caller.Result
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		t.Fatalf("%v\n%s", err, stdout.String())
	}
	if !result.OK || result.Response == nil || result.Recording != out || len(result.Violations) > 0 {
		t.Errorf("%s", stdout.String())
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if pcm, err := audio.ReadWAV(file); err != nil || pcm.Channels != 2 {
		t.Errorf("%v %v", pcm.Format, err)
	}
	stdout.Reset()
	if code := run(context.Background(), args, &stdout, &stderr); code != exitOK {
		t.Fatalf("status %d: %s", code, stderr.String())
	}
	for _, part := range []string{"ring to accept", "last word to answer", "recorded in " + out} {
		if !strings.Contains(stdout.String(), part) {
			t.Errorf("%q is not in:\n%s", part, stdout.String())
		}
	}
}

// TestCallFails wants one clear sentence for each thing that can go wrong.
func TestCallFails(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "bad signature", http.StatusForbidden)
	}))
	defer refusing.Close()
	dumb := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer dumb.Close()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	bad := filepath.Join(t.TempDir(), "bad.wav")
	if err := os.WriteFile(bad, []byte("no sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := question(t)
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no arguments", nil, exitUsage, "--wav is missing"},
		{"no webhook", []string{"--wav", good}, exitUsage, "--webhook is missing"},
		{"two ways", []string{"--wav", good, "--webhook", "x", "--emulator", "y"}, exitUsage, "exclude each other"},
		{"no file", []string{"--wav", "nowhere.wav", "--webhook", dumb.URL}, exitFailed, "there is no file nowhere.wav"},
		{"bad WAV", []string{"--wav", bad, "--webhook", dumb.URL}, exitFailed, "cannot use this recording " + bad},
		{"no folder for the recording", []string{"--wav", good, "--webhook", dumb.URL, "--out", "/nowhere/x.wav"}, exitFailed, "there is no folder /nowhere"},
		{"refused", []string{"--wav", good, "--webhook", refusing.URL}, exitFailed, "answered 403: bad signature"},
		{"failed verification", []string{"--wav", good, "--webhook", dumb.URL, "--verify-token", "x"}, exitFailed, "failed the webhook verification"},
		{"nobody there", []string{"--wav", good, "--webhook", "http://127.0.0.1:1/"}, exitFailed, "cannot be reached"},
		{"never answered", []string{"--wav", good, "--webhook", dumb.URL, "--ring", "50ms"}, exitFailed, "did not accept the call within 50ms; it made no request to http://"},
		{"port taken", []string{"--wav", good, "--webhook", dumb.URL, "--graph-addr", taken.Addr().String()}, exitFailed, "address already in use"},
		{"no emulator", []string{"--wav", good, "--emulator", "http://127.0.0.1:1"}, exitFailed, "there is no emulator at http://127.0.0.1:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"call", "--graph-addr", "127.0.0.1:0", "--out", ""}, test.args...)
			if code := run(context.Background(), args, &stdout, &stderr); code != test.code {
				t.Errorf("status %d, want %d", code, test.code)
			}
			if text := stderr.String(); !strings.Contains(text, test.want) || strings.Count(text, "\n") != 1 {
				t.Errorf("%q, want one line with %q", text, test.want)
			}
		})
	}
}

// The bot calls: it asks for the permission, is given it, and the phone is picked up.
func TestCallOfTheBot(t *testing.T) {
	graph := freeAddr(t)
	bot, err := beepbot.Start(beepbot.Config{Greeting: "Hello.", WhatsApp: whatsapp.Config{
		AccessToken: "any", PhoneNumberID: "42", VerifyToken: "verify", AppSecret: "secret", APIBaseURL: "http://" + graph + "/v25.0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	defer func() {
		if err := bot.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	}()
	dialled := make(chan error, 1)
	go func() { // ends when the emulator has taken the question
		for ctx.Err() == nil {
			conn, err := net.Dial("tcp", graph) // the emulator starts beside this
			if err == nil {
				_ = conn.Close()
				dialled <- bot.Call(ctx, "+1 555 999 0000")
				return
			}
			<-time.After(5 * time.Millisecond)
		}
		dialled <- ctx.Err()
	}()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"call", "--answer", "--pick-up", "300ms", "--wav", question(t), "--webhook", bot.Webhook(), "--graph-addr", graph,
		"--app-secret", "secret", "--access-token", "", "--phone-number-id", "42", "--quiet", "300ms", "--out", "", "--json"}, &stdout, &stderr)
	if err := <-dialled; !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Errorf("the bot placed the call at once: %v", err)
	}
	var result caller.Result
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil || code != exitOK {
		t.Fatalf("status %d, %v: %s\n%s", code, err, stderr.String(), stdout.String())
	}
	if !result.OK || result.Response == nil || len(result.Violations) > 0 || result.RingToAccept == nil || *result.RingToAccept < 300 {
		t.Errorf("%s", stdout.String())
	}
	// Nobody calls.
	stdout.Reset()
	code = run(ctx, []string{"call", "--answer", "--ring", "50ms", "--wav", question(t), "--webhook", bot.Webhook(), "--graph-addr", freeAddr(t)}, &stdout, &stderr)
	if code == exitOK || !strings.Contains(stderr.String(), "did not call within 50ms") {
		t.Errorf("status %d: %s", code, stderr.String())
	}
}
