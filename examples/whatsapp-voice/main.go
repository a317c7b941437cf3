// Command whatsapp-voice answers the calls and texts of a WhatsApp business number, by voice and in writing, with one
// memory for both. Its README.md walks from an emulated call to a real number; --help lists the settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/services/llama"
	"github.com/parley-voice/parley/transports/whatsapp"
)

func main() {
	llama.ServeIfChild()    // the local model runs as a second process of this program
	whatsapp.ServeIfChild() // and PDFs are read in one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	cfg, err := parseConfig(environ(), os.Args[1:], os.Stdout)
	if err == nil {
		err = run(ctx, cfg)
	}
	stop()
	if err != nil && !errors.Is(err, errHelp) {
		fmt.Fprintln(os.Stderr, "whatsapp-voice:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *config) error {
	server, events, err := cfg.open()
	if err != nil {
		return err
	}
	defer server.close()
	defer events.Close()
	prompt, err := cfg.prompt()
	if err != nil {
		return err
	}
	watch, err := cfg.observe(ctx)
	if err != nil {
		return err
	}
	defer watch.close()
	engines, err := auto.Load(ctx, cfg.engines(prompt))
	if err != nil {
		return err
	}
	defer engines.Close()
	events.engines(engines.Engines())

	llm := events.model(engines.LLM)
	instructions := func() processors.LLMOption {
		return processors.WithInstructions(prompt(engines.LLM.SystemPrompt()))
	}
	settings := cfg.whatsApp(conversation.NewBook(engines.Store))
	settings.Journal, settings.Observers = engines.Store, watch.observers
	if settings.Sounds, err = cfg.sounds(); err != nil {
		return err
	}
	settings.STT, settings.TTS, settings.VoiceNotes = engines.STT, engines.TTS, cfg.VoiceNotes
	bot := whatsapp.New(settings)
	if err := cfg.explainBot(bot.Err()); err != nil {
		return err
	}

	bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		defer events.call(call)()
		return pipeline.New(
			call.Input(),
			processors.VAD(engines.VAD),
			processors.STT(engines.STT),
			processors.DTMF(),
			processors.Turn(),
			events.watch(call.ID()),
			processors.Greet(cfg.Greeting),
			processors.LLM(llm, call.Conversation(), instructions()),
			cfg.links(call),
			processors.TTS(engines.TTS),
			call.Output(),
		).With(pipeline.WithID(call.String())).Run(ctx)
	})
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(
			msg.Input(),
			processors.LLM(llm, msg.Conversation(), instructions()),
			msg.Output(),
		).Run(ctx)
	})
	if cfg.CallSummary {
		bot.OnCallEnded(func(ctx context.Context, call *whatsapp.Call) (string, error) {
			return processors.Summarize(ctx, llm, call.Messages())
		})
	}
	web := server.mount(bot)
	callees, _ := cfg.callees() // checked before
	var dialling sync.WaitGroup
	defer dialling.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// Webhooks that come before serve wait at the address. Ends when Meta has answered, or with ctx.
	dialling.Go(func() { dial(ctx, bot, callees) })
	return server.serve(ctx, web, bot, cfg.DrainTimeout)
}
