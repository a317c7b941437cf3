//go:build cgo && linux && (amd64 || arm64)

package llama

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/parley-voice/parley/services/llama/internal/chatapi"
	"github.com/parley-voice/parley/services/llama/internal/engine"
	"github.com/parley-voice/parley/services/llama/internal/libllama"
)

const (
	supported = true
	// selfPath is this program, even if its file was replaced since it was started.
	selfPath = "/proc/self/exe"
)

// serveChild is the main function of the process that runs the model. It ends when its stdin is closed.
func serveChild(raw string) int {
	// A Ctrl-C at the terminal goes to both processes. The parent decides what it means: it may still finish calls.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() { // ends the process
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	report := os.NewFile(statusFD, "status")
	say := func(s status) {
		json.NewEncoder(report).Encode(s)
		report.Close()
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: noTime}))
	srv, ln, about, err := prepare(raw, log)
	if err != nil {
		say(status{Error: err.Error()})
		return 1
	}
	about.Ready = true
	say(about)
	log.Error("serving has ended", "err", srv.Serve(ln))
	return 1
}

// noTime leaves the time out: the parent's log has it.
func noTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// prepare loads the model and makes a server of it.
func prepare(raw string, log *slog.Logger) (*http.Server, net.Listener, status, error) {
	var cfg childConfig
	var about status
	if err := json.Unmarshal([]byte(raw), &cfg); err != nil {
		return nil, nil, about, fmt.Errorf("%s is not for use by hand: %w", childEnv, err)
	}
	socket := os.NewFile(listenerFD, "listener")
	ln, err := net.FileListener(socket)
	if err != nil {
		return nil, nil, about, fmt.Errorf("no socket to listen on: %w", err)
	}
	socket.Close()
	start := time.Now()
	if err := libllama.Open(cfg.Folder, cfg.Backends, cfg.Library); err != nil {
		return nil, nil, about, err
	}
	model, err := libllama.Load(cfg.Model)
	if err != nil {
		return nil, nil, about, err
	}
	about.Model, about.CPU = model.String(), libllama.SystemInfo()
	if n := model.TrainContext(); n > 0 {
		cfg.SlotTokens = min(cfg.SlotTokens, n)
	}
	c, err := model.NewContext(cfg.Slots, cfg.SlotTokens, step, cfg.Threads)
	if err != nil {
		return nil, nil, about, err
	}
	opts := engine.Options{Slots: cfg.Slots, SlotTokens: min(cfg.SlotTokens, c.PerSequence()), Step: step, Queue: cfg.Queue}
	for i, text := range cfg.Examples {
		opts.Examples = append(opts.Examples, engine.Message{Role: []string{"user", "assistant"}[i%2], Text: text})
	}
	e := engine.New(backend{model, c}, opts)
	loaded := time.Now()
	if err := e.Warm(context.Background(), cfg.Prompt); err != nil {
		return nil, nil, about, err
	}
	log.Debug("loaded", "model_ms", loaded.Sub(start).Milliseconds(), "prompt_ms", time.Since(loaded).Milliseconds())
	return &http.Server{
		Handler:           chatapi.NewHandler(e, cfg.Name, engine.Sampling(cfg.Sampling), log),
		ReadHeaderTimeout: 10 * time.Second,
	}, ln, about, nil
}

// step is how many tokens are read at once: enough to keep the processor busy, and few enough for another
// conversation's turn, or the end of this one, not to wait long.
const step = 32

// backend joins a model and its context for the engine.
type backend struct {
	*libllama.Model
	ctx *libllama.Context
}

func (b backend) Render(messages []engine.Message) (string, bool) {
	list := make([]libllama.Message, len(messages))
	for i, m := range messages {
		list[i] = libllama.Message(m)
	}
	return b.Model.Render(list)
}

func (b backend) Decode(tokens []int32, slot, pos int) error { return b.ctx.Decode(tokens, slot, pos) }

func (b backend) Forget(slot, from int) error { return b.ctx.Forget(slot, from) }

func (b backend) Copy(from, to int) error {
	b.ctx.Copy(from, to)
	return nil
}

func (b backend) Sampler(s engine.Sampling) (engine.Sampler, error) {
	p, err := b.NewSampler(libllama.Sampling{
		PenaltyLast: s.PenaltyTokens, PenaltyRepeat: s.RepeatPenalty, PenaltyFreq: s.FrequencyPenalty, PenaltyPresent: s.PresencePenalty,
		TopK: s.TopK, MinP: s.MinP, Temperature: s.Temperature, Seed: s.Seed,
	})
	if err != nil {
		return nil, err
	}
	return sampler{p, b.ctx}, nil
}

type sampler struct {
	*libllama.Sampler
	ctx *libllama.Context
}

func (s sampler) Sample() int32 { return s.Sampler.Sample(s.ctx) }
