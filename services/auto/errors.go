package auto

import "errors"

var (
	// ErrNoLLM is returned when PARLEY_LLM is "none".
	ErrNoLLM = errors.New(`auto: PARLEY_LLM is "none": no language model`)
	// ErrSpec is returned for a PARLEY_LLM or PARLEY_STORE that has no meaning.
	ErrSpec = errors.New("auto: setting not understood")
	// ErrNoOllama is returned when Ollama was asked for and cannot serve.
	ErrNoOllama = errors.New("auto: Ollama cannot serve")
)
