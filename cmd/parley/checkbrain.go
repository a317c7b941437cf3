package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/auto"
)

// checkBrain chooses the language model as a bot does. One on this machine has to say something; of one elsewhere only
// the connection and the key are tried, because its words may cost money.
func checkBrain(ctx context.Context) finding {
	cfg := auto.FromEnv()
	cfg.Log = slog.New(slog.DiscardHandler)
	text, err := tryBrain(ctx, cfg)
	if err != nil {
		return finding{unwell, err.Error(), "look at PARLEY_LLM, OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL; " +
			"with none of them set, \"parley setup\" gives you a small local model"}
	}
	return finding{well, text, ""}
}

// tryBrain says which model would serve, and how well it answers.
func tryBrain(ctx context.Context, cfg auto.Config) (text string, err error) {
	brain, err := auto.LLM(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, brain.Close()) }()
	if err := brain.Warm(ctx); err != nil {
		return "", err
	}
	if !brain.Engine().Local {
		return brain.Engine().String() + ", which takes the key", nil
	}
	began := time.Now()
	request := services.Request{MaxTokens: 8, Messages: []services.Message{{Role: services.User, Text: "Please say hello."}}}
	for delta, err := range brain.Generate(ctx, request) {
		if err != nil {
			return "", err
		}
		if delta.Text != "" {
			return fmt.Sprintf("%v; its first word took %d ms", brain.Engine(), time.Since(began).Milliseconds()), nil
		}
	}
	return "", fmt.Errorf("%v gave no answer", brain.Engine())
}
