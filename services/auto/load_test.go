package auto_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services/auto"
)

func TestLoad(t *testing.T) {
	needs(t, models.Silero, models.Moonshine, models.Hibari)
	llm := fake(t, map[string]string{"/v1/chat/completions": "hello"})
	e, err := auto.Load(limited(t), auto.Config{OpenAIBaseURL: llm.URL + "/v1", OpenAIModel: "m", Store: "memory"})
	if err != nil {
		t.Fatal(err)
	}
	if e.VAD == nil || e.STT == nil || e.TTS == nil || e.Store == nil {
		t.Errorf("something is missing: %+v", e)
	}
	var names []string
	for _, role := range []string{"vad", "stt", "llm", "tts"} {
		names = append(names, e.Engines()[role].Name)
	}
	if got := strings.Join(names, " "); got != "silero moonshine openai hibari" {
		t.Errorf("engines %q", got)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestLoadTellsOfAllThatFails(t *testing.T) {
	t.Setenv(models.EnvDir, t.TempDir()) // an empty cache
	_, err := auto.Load(limited(t), auto.Config{LLM: "smollm2", Store: "tape"})
	if !errors.Is(err, auto.ErrSpec) || !errors.Is(err, models.ErrMissing) {
		t.Fatalf("error %v", err)
	}
	if n := strings.Count(err.Error(), "parley setup"); n != 4 {
		t.Errorf("it names %d of the four missing engines: %v", n, err)
	}
}

func TestSpeechEndsWithItsContext(t *testing.T) {
	needs(t, models.Silero, models.Moonshine, models.Hibari)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v, err := auto.Speech(ctx); !errors.Is(err, context.Canceled) || v != nil {
		t.Errorf("got %v, %v", v, err)
	}
}
