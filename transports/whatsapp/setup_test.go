package whatsapp_test

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// limit is how long a test waits for anything: much longer than it takes on a busy machine.
const limit = 20 * time.Second

var ada = whatsapptest.User{WaID: "15559990000", Name: "Ada", ID: "US.1234567890"}

// rig is a bot with an emulator of Meta's side.
type rig struct {
	t    *testing.T
	meta *whatsapptest.Emulator
	bot  *whatsapp.Bot
	url  string
	log  *logBook
	cfg  whatsapp.Config
}

// newRig starts both. Everything is shut down, and looked at for leaks, when the test ends.
func newRig(t *testing.T, change func(*whatsapp.Config), opts ...whatsapptest.Option) *rig {
	t.Helper()
	return newRigOn(t, newMeta(t, opts...), change)
}

// newMeta starts an emulator, which outlives the bots that are started for it.
func newMeta(t *testing.T, opts ...whatsapptest.Option) *whatsapptest.Emulator {
	t.Helper()
	meta, err := whatsapptest.New(opts...)
	must(t, err)
	t.Cleanup(func() {
		if err := meta.Close(); err != nil {
			t.Errorf("emulator: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return meta
}

// newRigOn starts a bot that gets the emulator's events from now on.
func newRigOn(t *testing.T, meta *whatsapptest.Emulator, change func(*whatsapp.Config)) *rig {
	t.Helper()
	book := &logBook{}
	cfg := whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(),
		AppSecret: meta.AppSecret(), APIBaseURL: meta.GraphURL(), Logger: slog.New(book),
		GraphOptions: []graph.Option{graph.WithFirstPause(5 * time.Millisecond)}, Mode: whatsapp.Chat, Debounce: -1,
		PairPause: -1, Throughput: -1,
	}
	if change != nil {
		change(&cfg)
	}
	bot := whatsapp.New(cfg)
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/whatsapp/webhook")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := bot.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		server.Close()
		if t.Failed() {
			t.Log(book.String())
		}
	})
	return &rig{t: t, meta: meta, bot: bot, url: server.URL + "/whatsapp", log: book, cfg: cfg}
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	r.t.Cleanup(cancel)
	return ctx
}

// tone is a stage that says a tone of one second as soon as the session starts, and hears frames.
func tone(heard func(pipeline.Frame)) pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("tone")
		pipeline.Makes[frame.AudioOut](w)
		pipeline.Makes[frame.ResponseStart](w)
		pipeline.Makes[frame.ResponseEnd](w)
		pipeline.On(w, func(_ context.Context, f frame.AudioIn, _ *pipeline.Emitter) error {
			if heard != nil {
				heard(f)
			}
			return nil
		})
		pipeline.OnOptional(w, func(_ context.Context, f frame.DTMF, _ *pipeline.Emitter) error {
			if heard != nil {
				heard(f)
			}
			return nil
		})
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			samples := make([]int16, 24000)
			for i := range samples {
				samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/24000))
			}
			for _, f := range []pipeline.Frame{
				frame.ResponseStart{ID: 1},
				frame.AudioOut{ID: 1, Text: "beep", PCM: audio.PCM{Format: audio.Mono(24000), Samples: samples}},
				frame.ResponseEnd{ID: 1},
			} {
				if err := out.Push(f); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// beep is a handler of calls that says a tone and stays until the user hangs up.
func beep(ctx context.Context, call *whatsapp.Call) error {
	return pipeline.New(call.Input(), tone(nil), call.Output()).Run(ctx)
}

// must fails the test at once.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
