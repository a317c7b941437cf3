package calls

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/silero"
	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// botVariable is set in the environment of the bot's process: how it is to be, as JSON.
const botVariable = "PARLEY_BENCH_BOT"

// Kind is what is real in a bot.
type Kind string

// The kinds of bots; see the package's documentation.
const (
	Media    Kind = "media"
	Modelled Kind = "modelled"
	Silero   Kind = "silero"
)

// botConfig is what the bot's process is told.
type botConfig struct {
	Kind                                       Kind
	GraphURL, Token, Number, AppSecret, Verify string
	Voice                                      string        // file of what it says: WAV
	Every                                      time.Duration // how often the clockwork speaks
}

// ServeIfChild is the bot, in the process that was started for it, and does nothing in any other. The program's main calls it
// first.
func ServeIfChild() {
	text, ok := os.LookupEnv(botVariable)
	if !ok {
		return
	}
	var c botConfig
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		err = serveBot(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench, the bot's process:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// botProcess is the bot as its own process sees it.
type botProcess struct {
	config botConfig
	voice  audio.PCM
	vad    services.VAD
	bot    *whatsapp.Bot
	turns  atomic.Int64

	mu    sync.Mutex
	calls []*whatsapp.Call // since the last reset
}

// serveBot prints its address and serves until the standard input is closed.
func serveBot(c botConfig) error {
	file, err := os.Open(c.Voice)
	if err != nil {
		return err
	}
	voice, err := audio.ReadWAV(file)
	_ = file.Close()
	if err != nil {
		return err
	}
	p := &botProcess{config: c, voice: voice, vad: loudness{}}
	if c.Kind == Silero {
		engine, err := silero.New()
		if err != nil {
			return err
		}
		p.vad = engine
	}
	p.bot = whatsapp.New(whatsapp.Config{
		AccessToken: c.Token, PhoneNumberID: c.Number, AppSecret: c.AppSecret, VerifyToken: c.Verify, APIBaseURL: c.GraphURL,
		MaxLateness: -1, // where the limit lies is what is measured
		Logger:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	p.bot.OnCall(p.answer)
	e := echo.New()
	p.bot.Mount(e.Group("/whatsapp"))
	e.GET("/usage", p.usage)
	e.POST("/reset", p.reset)
	e.GET("/debug/pprof/profile", echo.WrapHandler(http.HandlerFunc(pprof.Profile)))
	server := httptest.NewServer(e)
	fmt.Println(server.URL)
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until it is closed
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err = p.bot.Shutdown(ctx)
	server.Close()
	return err
}

// answer handles a call.
func (p *botProcess) answer(ctx context.Context, call *whatsapp.Call) error {
	p.mu.Lock()
	p.calls = append(p.calls, call)
	p.mu.Unlock()
	if p.config.Kind == Media {
		return pipeline.New(call.Input(), p.clockwork(), call.Output()).Run(ctx)
	}
	count := pipeline.Handle(func(_ context.Context, t frame.UserTurn, out *pipeline.Emitter) error {
		p.turns.Add(1)
		return out.Push(t)
	})
	return pipeline.New(
		call.Input(),
		processors.VAD(p.vad),
		processors.STT(modelledSTT{}),
		processors.DTMF(),
		processors.Turn(),
		count,
		processors.LLM(modelledLLM(), call.Conversation()),
		processors.TTS(modelledTTS(p.voice)),
		call.Output(),
	).Run(ctx)
}

// clockwork is a stage that drops what it hears, and speaks by the clock.
func (p *botProcess) clockwork() pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("clockwork")
		pipeline.Makes[frame.ResponseStart](w)
		pipeline.Makes[frame.AudioOut](w)
		pipeline.Makes[frame.ResponseEnd](w)
		pipeline.On(w, func(context.Context, frame.AudioIn, *pipeline.Emitter) error { return nil })
		done := make(chan struct{})
		w.OnStart(func(ctx context.Context, out *pipeline.Emitter) error {
			go func() { // ends with the session; OnStop waits for it
				defer close(done)
				for id := uint64(1); ; id++ {
					for _, f := range []pipeline.Frame{frame.ResponseStart{ID: id}, frame.AudioOut{ID: id, PCM: p.voice}, frame.ResponseEnd{ID: id}} {
						if out.Push(f) != nil {
							return
						}
					}
					if !wait(out.Context(), p.config.Every) {
						return
					}
				}
			}()
			return nil
		})
		w.OnStop(func(context.Context) error { <-done; return nil })
	})
}

// reception sums up what became of the packets of all calls since the last reset.
func (p *botProcess) reception() (sum rtpaudio.Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		sum = addStats(sum, c.Reception())
	}
	return sum
}

// addStats adds what is reported of a network.
func addStats(a, b rtpaudio.Stats) rtpaudio.Stats {
	a.Received += b.Received
	a.Late += b.Late
	a.Lost += b.Lost
	a.Recovered += b.Recovered
	a.Concealed += b.Concealed
	a.Restarts += b.Restarts
	a.Malformed += b.Malformed
	a.Filled += b.Filled
	a.Trimmed += b.Trimmed
	return a
}
