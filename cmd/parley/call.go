package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-voice/parley/internal/caller"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const callHelp = `
Usage: parley call --wav FILE --webhook URL [flags]

Calls a WhatsApp bot as a user would, without WhatsApp: it serves the Graph API that the bot talks to, posts the
signed connect webhook, waits until the bot has answered and greeted, plays the WAV file, waits for the bot's answer
and hangs up. The bot may be written in any language; start it so that its Graph base URL points here, such as

  WHATSAPP_API_BASE_URL=http://127.0.0.1:8090/v25.0 WHATSAPP_ACCESS_TOKEN=test-access-token \
  WHATSAPP_PHONE_NUMBER_ID=600700800900100 WHATSAPP_APP_SECRET=test-app-secret my-bot

With --answer it is the bot that calls: parley waits for the call, gives the permission if the bot asks for it, picks up
and goes on in the same way. Start it before the bot, such as

  whatsapp-voice --call 15559990000

The result is the time from the caller's last word to the bot's first sound and what else was measured, and a stereo
WAV file of the call: the caller on the left, the bot as it was heard on the right. The status is 1 if the call did
not go through.`

// callFlags are the flags of "parley call".
type callFlags struct {
	wav, webhook, emulator, secret, verify, token, phoneID, from, graph, out string

	ring, greeting, patience, quiet time.Duration
	asJSON                          bool

	answer bool // the bot calls
	pickUp time.Duration
}

// parseCallFlags reads the command line.
func parseCallFlags(args []string, stdout io.Writer) (callFlags, error) {
	var f callFlags
	fs := newFlags("call", callHelp, stdout)
	fs.StringVar(&f.wav, "wav", "", "what the caller says: a PCM WAV `file` of any rate")
	fs.StringVar(&f.webhook, "webhook", "", "the bot's webhook `URL`, such as http://127.0.0.1:8080/whatsapp/webhook")
	fs.StringVar(&f.emulator, "emulator", "", "instead of --webhook: the `URL` that \"parley demo --serve\" prints, to call the bot that runs there")
	fs.StringVar(&f.secret, "app-secret", "test-app-secret", "app `secret` that webhooks are signed with; empty: unsigned")
	fs.StringVar(&f.verify, "verify-token", "", "verify the webhook with this `token` before the call")
	fs.StringVar(&f.token, "access-token", "", "access `token` that the bot has to show; empty: any")
	fs.StringVar(&f.phoneID, "phone-number-id", "600700800900100", "Graph `id` of the business number")
	fs.StringVar(&f.from, "from", "15559990000", "phone `number` of the caller")
	fs.StringVar(&f.graph, "graph-addr", "127.0.0.1:8090", "`host:port` on which the Graph API is served for the bot")
	fs.StringVar(&f.out, "out", "call.wav", "stereo recording of the call; empty: none")
	fs.DurationVar(&f.ring, "ring", 15*time.Second, "how long to wait for the bot to accept, or to call")
	fs.DurationVar(&f.greeting, "greeting", 5*time.Second, "how long to wait for the bot to speak first")
	fs.DurationVar(&f.patience, "patience", 20*time.Second, "how long to wait for the answer to begin")
	fs.DurationVar(&f.quiet, "quiet", 1200*time.Millisecond, "how long the bot is silent when it has finished")
	fs.BoolVar(&f.answer, "answer", false, "wait for a call of the bot instead of calling it")
	fs.DurationVar(&f.pickUp, "pick-up", time.Second, "with --answer: how long the phone rings")
	fs.BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	if err := parseFlags(fs, args); err != nil {
		return f, err
	}
	switch {
	case f.wav == "":
		return f, usagef("--wav is missing: name a recording of what the caller says")
	case f.webhook == "" && f.emulator == "":
		return f, usagef("--webhook is missing: give the bot's webhook URL")
	case f.answer && f.emulator != "":
		return f, usagef("--answer and --emulator exclude each other")
	case f.webhook != "" && f.emulator != "":
		return f, usagef("--webhook and --emulator exclude each other")
	}
	return f, nil
}

// runCall places one emulated call.
func runCall(ctx context.Context, args []string, stdout, _ io.Writer) error {
	f, err := parseCallFlags(args, stdout)
	if err != nil {
		return err
	}
	clip, err := caller.LoadWAV(f.wav)
	if err != nil {
		return err
	}
	if err := writable(f.out); err != nil {
		return err
	}
	result, recording, callErr := f.place(ctx, clip)
	if f.out != "" && recording.Len() > 0 {
		if err := saveWAV(f.out, recording); err != nil {
			return err
		}
		result.Recording = f.out
	}
	if result.CallID != "" || f.asJSON {
		if err := printCall(stdout, result, f.asJSON); err != nil {
			return err
		}
	}
	return callErr
}

// place makes the call, through an emulator of its own or one that runs already.
func (f callFlags) place(ctx context.Context, clip audio.PCM) (caller.Result, audio.PCM, error) {
	if f.emulator != "" {
		return caller.PlaceVia(ctx, f.emulator, f.from, clip)
	}
	e, err := whatsapptest.New(
		whatsapptest.WithListenAddr(f.graph), whatsapptest.WithWebhook(f.webhook),
		whatsapptest.WithAppSecret(f.secret), whatsapptest.WithAccessToken(f.token),
		whatsapptest.WithVerifyToken(f.verify), whatsapptest.WithPhoneNumber(f.phoneID, "15550001111"),
		whatsapptest.WithRules(whatsapptest.Rules{NoWindow: f.answer}), // the bot may ask a user who has not written
	)
	if err != nil {
		return caller.Failed(err), audio.PCM{}, err
	}
	defer func() { _ = e.Close() }()
	if f.verify != "" {
		if err := e.Verify(ctx); err != nil {
			return caller.Failed(err), audio.PCM{}, err
		}
	}
	request := caller.Request{
		From: whatsapptest.User{WaID: f.from, Name: "Parley caller"}, Clip: clip, Answer: f.ring, Greeting: f.greeting,
		Conversation: caller.Conversation{Quiet: f.quiet, Patience: f.patience, Finish: time.Minute},
	}
	if f.answer {
		return caller.Answer(ctx, e, request, f.pickUp)
	}
	return caller.Place(ctx, e, request)
}

// printCall prints the result for people or for programs.
func printCall(w io.Writer, r caller.Result, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	row := func(name string, ms *float64) {
		if ms != nil {
			fmt.Fprintf(w, "%-26s %8.1f ms\n", name, *ms)
		}
	}
	row("ring to accept", r.RingToAccept)
	row("accept to first packet", r.FirstPacket)
	row("accept to first sound", r.FirstAudio)
	row("last word to answer", r.Response)
	if r.AnswerSeconds > 0 {
		fmt.Fprintf(w, "%-26s %8.1f s\n", "answer", r.AnswerSeconds)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(w, "violation: %s\n", v)
	}
	if r.Ended != "" {
		fmt.Fprintf(w, "call %s\n", r.Ended)
	}
	if r.Recording != "" {
		fmt.Fprintf(w, "recorded in %s\n", r.Recording)
	}
	return nil
}

// writable looks whether a recording can be written, before a call is made in vain.
func writable(path string) error {
	if path == "" {
		return nil
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("the recording cannot be written: there is no folder %s", dir)
	}
	return nil
}

// saveWAV writes a recording.
func saveWAV(path string, pcm audio.PCM) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	if err := audio.WriteWAV(file, pcm); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
