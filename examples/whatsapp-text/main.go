// Command whatsapp-text is a bot that answers WhatsApp texts and remembers them: the text interface in twenty lines. Its
// larger sister whatsapp-voice answers calls, too, with the same memory.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"syscall"

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
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	cfg, err := whatsapp.ConfigFromEnv()
	if err = errors.Join(err, auto.CheckStore(os.Getenv("PARLEY_STORE"))); err != nil {
		return err
	}
	llm, err := auto.LLM(ctx, auto.FromEnv())
	if err != nil {
		return err
	}
	defer llm.Close()
	store, err := auto.Store(os.Getenv("PARLEY_STORE"))
	if err != nil {
		return err
	}
	defer store.Close()

	cfg.Conversations, cfg.Journal = conversation.NewBook(store), store
	bot := whatsapp.New(cfg)
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		brief := processors.WithInstructions("You are a friendly assistant. Answer in one short sentence.")
		return pipeline.New(msg.Input(), processors.LLM(llm, msg.Conversation(), brief), msg.Output()).Run(ctx)
	})
	return bot.Serve(ctx, cmp.Or(os.Getenv("LISTEN_ADDR"), ":8080"))
}
