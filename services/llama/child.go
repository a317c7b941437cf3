package llama

import (
	"os"
	"sync/atomic"
)

// childEnv marks the process that runs the model, and configures it.
const childEnv = "PARLEY_LLAMA_CHILD"

// hosted says that main calls ServeIfChild. Without it, Start would run the whole program anew, and that one again:
// this is the one thing that has to be known beyond a Server.
var hosted atomic.Bool

// ServeIfChild must be the first call in main, and in TestMain of tests that use Start. In the process that Start
// begins, it serves the model and never returns; in all others it does nothing.
func ServeIfChild() {
	raw, ok := os.LookupEnv(childEnv)
	if !ok {
		hosted.Store(true)
		return
	}
	os.Unsetenv(childEnv)
	os.Exit(serveChild(raw))
}

// childConfig is what the process is told.
type childConfig struct {
	Folder     string   `json:"folder"`   // of the libraries
	Library    string   `json:"library"`  // file name of libllama
	Backends   string   `json:"backends"` // file name of libggml, which loads backends
	Model      string   `json:"model"`    // path of the GGUF file
	Name       string   `json:"name"`
	Threads    int      `json:"threads"`
	Slots      int      `json:"slots"`
	SlotTokens int      `json:"slot_tokens"`
	Queue      int      `json:"queue"`
	Prompt     string   `json:"prompt"`
	Examples   []string `json:"examples"` // by the user and the assistant in turn
	Sampling   Sampling `json:"sampling"`
}
