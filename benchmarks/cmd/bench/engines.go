package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/parley-voice/parley/benchmarks/latency"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari"
	"github.com/parley-voice/parley/services/llama"
	"github.com/parley-voice/parley/services/moonshine"
	"github.com/parley-voice/parley/services/openai"
	"github.com/parley-voice/parley/services/silero"
)

// engines are the local engines, loaded once for all scenarios, as a bot does for all calls.
type engines struct {
	vad     *silero.Engine
	stt     *moonshine.Engine
	tts     *hibari.Engine
	server  *llama.Server
	llm     *openai.LLM
	instant services.LLM
}

func loadEngines(ctx context.Context) (*engines, error) {
	e := &engines{instant: latency.InstantLLM()}
	err := func() (err error) {
		if e.vad, err = silero.New(); err != nil {
			return err
		}
		if e.stt, err = moonshine.New(); err != nil {
			return err
		}
		if e.tts, err = hibari.New(); err != nil {
			return err
		}
		if e.server, err = llama.Start(ctx, llama.WithLogger(slog.New(slog.DiscardHandler))); err != nil {
			return err
		}
		e.llm, err = openai.New(e.server.Model(), openai.WithBaseURL(e.server.BaseURL()))
		return err
	}()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("loading the local engines: %w", err), e.close())
	}
	return e, nil
}

// close frees what was loaded.
func (e *engines) close() error {
	var errs []error
	if e.llm != nil {
		errs = append(errs, e.llm.Close())
	}
	if e.server != nil {
		errs = append(errs, e.server.Close())
	}
	if e.tts != nil {
		errs = append(errs, e.tts.Close())
	}
	if e.stt != nil {
		errs = append(errs, e.stt.Close())
	}
	if e.vad != nil {
		errs = append(errs, e.vad.Close())
	}
	return errors.Join(errs...)
}

func (e *engines) zero() latency.Bot {
	return latency.Bot{VAD: e.vad, STT: latency.InstantSTT(), LLM: e.instant, TTS: latency.InstantTTS()}
}

func (e *engines) speech() latency.Bot {
	return latency.Bot{VAD: e.vad, STT: e.stt, LLM: e.instant, TTS: e.tts}
}

func (e *engines) local() latency.Bot {
	return latency.Bot{VAD: e.vad, STT: e.stt, LLM: e.llm, TTS: e.tts, Instructions: llama.DemoPrompt}
}
