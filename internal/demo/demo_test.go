package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/beepbot"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// botEnv makes the test's own program play the bot: its value says how.
const botEnv = "PARLEY_TEST_BOT"

func TestMain(m *testing.M) {
	if how := os.Getenv(botEnv); how != "" {
		if err := playBot(how); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// playBot is the bot's process.
func playBot(how string) error {
	if how == "dead" {
		return errors.New("no model here")
	}
	file, err := os.OpenFile(os.Args[2], os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	bot, err := beepbot.Start(beepbot.Config{
		Listen: os.Getenv("LISTEN_ADDR"), Greeting: "Hello.", Events: file,
		WhatsApp: whatsapp.Config{
			AccessToken: os.Getenv("WHATSAPP_ACCESS_TOKEN"), PhoneNumberID: os.Getenv("WHATSAPP_PHONE_NUMBER_ID"),
			VerifyToken: os.Getenv("WHATSAPP_VERIFY_TOKEN"), AppSecret: os.Getenv("WHATSAPP_APP_SECRET"),
			APIBaseURL: os.Getenv("WHATSAPP_API_BASE_URL"),
		},
		Answer: func(n int) string {
			switch {
			case n == 2:
				return "A long story about " + strings.Repeat("very ", 30) + "deep water."
			case n == 1 && how == "mute":
				return beepbot.Mute
			}
			return fmt.Sprintf("Answer %d.", n)
		},
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return bot.Close(context.Background())
}

// hears is a transcription that understands one text, always.
type hears string

func (h hears) Open(context.Context, audio.Format) (services.Transcription, error) {
	return &reading{text: string(h), results: make(chan services.Result, 1)}, nil
}

type reading struct {
	text    string
	n       int
	results chan services.Result
	once    sync.Once
}

func (r *reading) Write(pcm audio.PCM) error {
	r.n += pcm.Len()
	return nil
}

func (r *reading) Flush() error {
	r.results <- services.Result{Text: r.text, End: r.n, Final: true}
	return nil
}

func (r *reading) Results() <-chan services.Result { return r.results }

func (r *reading) Close() error {
	r.once.Do(func() { close(r.results) })
	return nil
}

// tone is speech that takes no voice.
func tone(length time.Duration) audio.PCM {
	f := audio.Mono(16000)
	pcm := make([]int16, f.Samples(length))
	for i := range pcm {
		pcm[i] = int16(9000 * math.Sin(2*math.Pi*300*float64(i)/16000))
	}
	return audio.PCM{Format: f, Samples: pcm}
}

// perform plays a short demo with the test's program as the bot.
func perform(t *testing.T, ctx context.Context, how, heardAs string, change func(*Options)) (Report, string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var out bytes.Buffer
	o := Options{Bot: self, WAV: filepath.Join(dir, "call.wav"), JSON: filepath.Join(dir, "call.json"), Control: "127.0.0.1:0", Out: &out,
		Save: func(path string, pcm audio.PCM) error { return os.WriteFile(path, make([]byte, pcm.Len()), 0o600) }}
	if change != nil {
		change(&o)
	}
	err = run(ctx, o, props{
		lines: []line{
			{text: "one", voice: human, clip: tone(500 * time.Millisecond)},
			{text: "two", voice: synthetic, clip: tone(500 * time.Millisecond)},
			{text: "stop", voice: synthetic, clip: tone(900 * time.Millisecond), bargeIn: true},
		},
		quiet: 300 * time.Millisecond, story: 300 * time.Millisecond, env: []string{botEnv + "=" + how},
		listen: func() (services.STT, func() error, error) { return hears(heardAs), func() error { return nil }, nil },
	})
	body, readErr := os.ReadFile(o.JSON)
	var report Report
	if readErr == nil {
		readErr = json.Unmarshal(body, &report)
	}
	if readErr != nil && ctx.Err() == nil {
		t.Fatalf("the report: %v", readErr)
	}
	return report, out.String(), err
}

// everything that the test's bot says.
const everything = "hello a long story about very very very very very very very answer 1 2 3 4"

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestDemo(t *testing.T) {
	t.Parallel()
	report, out, err := perform(t, within(t), "good", everything, nil)
	if err != nil || !report.OK || len(report.Failed) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(report.Turns) != 3 || report.Greeting != "Hello." || report.CallID == "" || report.Recording == "" {
		t.Errorf("report %+v", report)
	}
	for i, turn := range report.Turns {
		if turn.Heard != fmt.Sprintf("words %d", i+1) || turn.Said == "" || turn.Response == nil || len(turn.Stages) < 4 || turn.SaidHeardAs == "" {
			t.Errorf("turn %d: %+v", i+1, turn)
		}
		if turn.Interrupted != (i == 1) {
			t.Errorf("turn %d interrupted: %v", i+1, turn.Interrupted)
		}
	}
	if report.BargeIn == nil || *report.BargeIn <= 0 || report.RingToAccept == nil || report.AcceptToFirstAudio == nil {
		t.Errorf("times: %+v", report)
	}
	if report.Text == nil || report.Text.Answer != "Answer 4." || len(report.Text.Messages) < 6 {
		t.Errorf("text: %+v", report.Text)
	}
	for _, part := range []string{"emulator", "human voice", "interrupted", "barge-in", "every step worked"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not on the screen:\n%s", part, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("there are colours in a file")
	}
}

// TestFailedSteps has demos that run and in which something is not as it should be.
func TestFailedSteps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, how, heardAs string
		change             func(*Options)
		want               []string // parts of what failed, in order
	}{
		{name: "sound that says something else", how: "good", heardAs: "quite different", want: []string{
			"greeting: the bot says that it said \"Hello.\"", "turn 1: the bot says", "turn 2: the bot says", "turn 3: the bot says"}},
		{name: "a bot that ends at once", how: "dead", want: []string{"the bot ended before it was ready"}},
		{name: "no bot", how: "good", change: func(o *Options) { o.Bot = "/nowhere/bot" }, want: []string{"the bot is not there: /nowhere/bot"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report, out, err := perform(t, within(t), test.how, test.heardAs, test.change)
			if !errors.Is(err, ErrFailed) || report.OK || len(report.Failed) != len(test.want) {
				t.Fatalf("%v\n%q\n%s", err, report.Failed, out)
			}
			for i, want := range test.want {
				if !strings.Contains(report.Failed[i], want) {
					t.Errorf("failed %q, want %q", report.Failed[i], want)
				}
			}
			if test.how == "dead" && !strings.Contains(out, "no model here") {
				t.Errorf("the bot's log is not on the screen:\n%s", out)
			}
		})
	}
}

// TestStopped stops the demo in the middle of the call: nothing is left behind, as goleak and the bot's exit show.
func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	_, out, err := perform(t, ctx, "good", everything, func(o *Options) {
		o.Out = &trigger{w: o.Out.(*bytes.Buffer), word: "one", hit: cancel}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestServe serves after the demo, until it is stopped.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	asked := make(chan string, 1)
	_, out, err := perform(t, ctx, "good", everything, func(o *Options) {
		o.Serve = true
		o.Out = &trigger{w: o.Out.(*bytes.Buffer), word: "/whatsapp/health", hit: func() { asked <- o.Out.(*trigger).text() }}
		go func() { // ends with the answer
			defer cancel()
			screen := <-asked
			url := screen[strings.LastIndex(screen, "http://"):]
			response, err := http.Get(strings.Fields(url)[0])
			if err != nil {
				t.Errorf("the bot's health: %v", err)
				return
			}
			_ = response.Body.Close()
			http.DefaultClient.CloseIdleConnections()
		}()
	})
	if err != nil || !strings.Contains(out, "/text -d") {
		t.Errorf("%v\n%s", err, out)
	}
}

// trigger calls hit when a word is printed.
type trigger struct {
	w    *bytes.Buffer
	word string
	hit  func()
	once sync.Once
}

func (t *trigger) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if bytes.Contains(p, []byte(t.word)) {
		t.once.Do(t.hit)
	}
	return n, err
}

func (t *trigger) text() string { return t.w.String() }
