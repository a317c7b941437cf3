package text

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// botVariable is set in the environment of the bot's process: how it is to be, as JSON.
const botVariable = "PARLEY_BENCH_TEXT_BOT"

// botConfig is what the bot's process is told.
type botConfig struct {
	GraphURL, Token, Number, Secret string
	Store                           string // file of conversations and journal; "" keeps them in memory
}

// ServeIfChild is the bot, in the process that was started for it, and does nothing in any other. The program's main calls
// it first.
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

// serveBot prints its address and serves until the standard input is closed.
func serveBot(c botConfig) error {
	var store services.Store = memory.New()
	if c.Store != "" {
		var err error
		if store, err = bolt.Open(c.Store); err != nil {
			return err
		}
	}
	book := conversation.NewBook(store)
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: c.Token, PhoneNumberID: c.Number, AppSecret: c.Secret, VerifyToken: "verify", APIBaseURL: c.GraphURL,
		Mode: whatsapp.Chat, Debounce: -1, Throughput: -1, PairPause: -1, Conversations: book, Journal: store,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1})),
	})
	llm := services.LLMFunc(instant)
	bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		return pipeline.New(m.Input(), processors.LLM(llm, m.Conversation()), m.Output()).Run(ctx)
	})
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	e.GET("/usage", func(c echo.Context) error { return c.JSON(http.StatusOK, use(c.QueryParam("collect") != "", bot)) })
	e.GET("/fill", func(c echo.Context) error {
		var first, users int
		if err := echo.QueryParamsBinder(c).MustInt("first", &first).MustInt("users", &users).BindError(); err != nil {
			return err
		}
		return fill(c.Request().Context(), book, first, users)
	})
	e.GET("/debug/pprof/profile", echo.WrapHandler(http.HandlerFunc(pprof.Profile)))
	e.GET("/debug/pprof/heap", echo.WrapHandler(pprof.Handler("heap")))
	server := httptest.NewServer(e)
	fmt.Println(server.URL)
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until it is closed
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := bot.Shutdown(ctx)
	server.Close()
	return errors.Join(err, store.Close())
}

// thanks is every answer.
const thanks = "Thank you, I have read it."

// instant is a model that takes no time.
func instant(context.Context, services.Request) iter.Seq2[services.Delta, error] {
	return func(yield func(services.Delta, error) bool) {
		yield(services.Delta{Text: thanks}, nil)
	}
}

// usage is what the bot's process tells of itself.
type usage struct {
	Heap       int64 // bytes in use
	Goroutines int
	Answering  int // users
	CPU        time.Duration
}

func use(collect bool, bot *whatsapp.Bot) usage {
	if collect {
		debug.FreeOSMemory() // collects, too
		runtime.GC()         // what finalizers let go
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{int64(m.HeapAlloc), runtime.NumGoroutine(), bot.Health().Answering, cores.Used()}
}
