package beepbot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// Config is what a bot needs to know.
type Config struct {
	Listen   string // host:port; empty: a free loopback port
	WhatsApp whatsapp.Config
	Greeting string
	// Answer makes the answer to the nth request of all calls and texts, from 1.
	Answer func(n int) string
	// Events gets JSON lines about what happens, as the example bot writes them; nil: nobody.
	Events io.Writer
}

// Bot is a running bot.
type Bot struct {
	cfg    Config
	addr   string
	server *http.Server
	bot    *whatsapp.Bot
	wg     sync.WaitGroup

	mu sync.Mutex
	n  int
}

// Start serves a bot until Close.
func Start(cfg Config) (*Bot, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.WhatsApp.Logger == nil {
		cfg.WhatsApp.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Answer == nil {
		cfg.Answer = func(n int) string { return fmt.Sprintf("Answer %d.", n) }
	}
	cfg.WhatsApp.Mode = whatsapp.Chat // calls and texts are one conversation
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("beepbot: %w", err)
	}
	b := &Bot{cfg: cfg, addr: listener.Addr().String(), bot: whatsapp.New(cfg.WhatsApp)}
	b.event("engines", map[string]any{"vad": "level", "stt": "beep", "llm": "beep", "tts": "beep"})
	ear := &ear{}
	b.bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		b.event("call_started", map[string]any{"call": call.ID()})
		defer b.event("call_ended", map[string]any{"call": call.ID(), "reason": "over"})
		return pipeline.New(
			call.Input(), processors.VAD(level{}), processors.STT(ear), processors.Turn(), b.watch(call.ID()),
			processors.Greet(cfg.Greeting), processors.LLM(b, call.Conversation()), processors.TTS(services.TTSFunc(tones)),
			call.Output(),
		).Run(ctx)
	})
	b.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(b, msg.Conversation()), msg.Output()).Run(ctx)
	})
	web := echo.New()
	b.bot.Mount(web.Group("/whatsapp"))
	b.server = &http.Server{Handler: web, ReadHeaderTimeout: 5 * time.Second}
	b.wg.Go(func() { _ = b.server.Serve(listener) }) // ends with Close
	return b, nil
}

// Webhook is the URL of the bot's webhook.
func (b *Bot) Webhook() string { return "http://" + b.addr + "/whatsapp/webhook" }

// Call calls a user, or asks for the permission to.
func (b *Bot) Call(ctx context.Context, number string) error {
	user, err := whatsapp.ParseUser(number)
	if err == nil {
		_, err = b.bot.Call(ctx, user)
	}
	return err
}

// Close ends all calls and stops serving.
func (b *Bot) Close(ctx context.Context) error {
	err := b.bot.Shutdown(ctx)
	_ = b.server.Close()
	b.wg.Wait()
	return err
}

// Generate answers as the configuration says.
func (b *Bot) Generate(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
	b.mu.Lock()
	b.n++
	text := b.cfg.Answer(b.n)
	b.mu.Unlock()
	b.event("llm_request", map[string]any{"messages": r.Messages})
	return func(yield func(services.Delta, error) bool) { yield(services.Delta{Text: text}, nil) }
}

// watch writes events about a call.
func (b *Bot) watch(call string) pipeline.Stage {
	latency := processors.Latency(func(l processors.TurnLatency) {
		stages := make(map[string]float64)
		for p, d := range l.Points {
			stages[p.String()] = float64(d.Microseconds()) / 1000
		}
		b.event("latency", map[string]any{"call": call, "turn": l.Turn, "stages": stages})
	})
	return pipeline.Tee(pipeline.Chain(pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("events")
		pipeline.OnOptional(w, func(_ context.Context, t frame.Transcript, _ *pipeline.Emitter) error {
			b.event("heard", map[string]any{"call": call, "text": t.Text, "final": t.Final})
			return nil
		})
		pipeline.OnOptional(w, func(_ context.Context, p frame.Playback, _ *pipeline.Emitter) error {
			if p.State == frame.PlaybackDone {
				b.event("said", map[string]any{"call": call, "text": p.Heard, "interrupted": p.Interrupted})
			}
			return nil
		})
	}), latency))
}

// event writes one line.
func (b *Bot) event(name string, fields map[string]any) {
	if b.cfg.Events == nil {
		return
	}
	fields["event"] = name
	line, err := json.Marshal(fields)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.cfg.Events.Write(append(line, '\n')) // a reader that is gone must not end a call
}

// containsWord looks for a word, whatever the case and punctuation.
func containsWord(text, word string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(w string) bool {
		return strings.Trim(w, ".,!?") == word
	})
}
