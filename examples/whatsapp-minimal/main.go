// Command whatsapp-minimal is the smallest bot that answers the calls and texts of a WhatsApp business number. Its
// larger sister whatsapp-voice has settings, a greeting and a log of what happens.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/services/llama"
	"github.com/parley-voice/parley/transports/whatsapp"
)

func main() {
	llama.ServeIfChild()    // the local language model runs in a process of its own: this program once more
	whatsapp.ServeIfChild() // and PDFs are read in one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := whatsapp.ConfigFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	engines, err := auto.Load(ctx, auto.FromEnv())
	if err != nil {
		log.Fatal(err)
	}
	cfg.Conversations = conversation.NewBook(engines.Store) // one memory for calls and texts
	cfg.Journal = engines.Store                             // a crash loses no message
	cfg.STT, cfg.TTS = engines.STT, engines.TTS             // voice notes are heard, and can be answered by one

	brief := processors.WithInstructions("You are a friendly phone assistant. Answer in one short sentence.")

	bot := whatsapp.New(cfg)
	bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		return pipeline.New(
			call.Input(),
			processors.VAD(engines.VAD),
			processors.STT(engines.STT),
			processors.Turn(),
			processors.LLM(engines.LLM, call.Conversation(), brief),
			processors.TTS(engines.TTS),
			call.Output(),
		).Run(ctx)
	})
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(engines.LLM, msg.Conversation(), brief), msg.Output()).Run(ctx)
	})

	server := echo.New()
	bot.Mount(server.Group("/whatsapp"))
	context.AfterFunc(ctx, func() { server.Close() })
	log.Print(server.Start(":8080"))                           // until the first interrupt
	if err := bot.Shutdown(context.Background()); err != nil { // hangs up: no caller is left in a dead call
		log.Print(err)
	}
	if err := engines.Close(); err != nil {
		log.Print(err)
	}
}
