package auto

import (
	"log/slog"
	"os"
)

// Config is what choices are made from. The zero value chooses as an empty environment does.
type Config struct {
	// LLM is PARLEY_LLM: "openai", "ollama", "ollama:MODEL", "smollm2", "gguf:PATH", "none", or "" to choose.
	LLM string
	// OpenAIKey, OpenAIBaseURL and OpenAIModel are OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.
	OpenAIKey, OpenAIBaseURL, OpenAIModel string
	// Pictures says that the model at the OpenAI-compatible server or in Ollama can see.
	Pictures bool
	// ThinkingFirst says that the OpenAI-compatible server's model begins with reasoning that it does not mark; see
	// openai.WithThinkingFirst.
	ThinkingFirst bool
	// OllamaHost is OLLAMA_HOST; "" is Ollama's own default.
	OllamaHost string
	// Store is PARLEY_STORE: "memory", "file:PATH", or "" for a file in the user's data folder.
	Store string
	// SystemPrompt is the system message with which conversations will begin, if it is known: a local model reads it
	// in advance.
	SystemPrompt string
	// Log is told what was chosen; nil is slog.Default.
	Log *slog.Logger
}

// FromEnv returns what the environment says.
func FromEnv() Config {
	return Config{
		LLM:           os.Getenv("PARLEY_LLM"),
		OpenAIKey:     os.Getenv("OPENAI_API_KEY"),
		OpenAIBaseURL: os.Getenv("OPENAI_BASE_URL"),
		OpenAIModel:   os.Getenv("OPENAI_MODEL"),
		OllamaHost:    os.Getenv("OLLAMA_HOST"),
		Store:         os.Getenv("PARLEY_STORE"),
	}
}

func (c Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
}
