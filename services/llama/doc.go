// Package llama runs a language model on this machine, with the library of llama.cpp, in a process of its own that
// speaks OpenAI's chat completions on a loopback port. No key, no account and no network are needed.
//
// Without options it runs SmolLM2-135M-Instruct, which `parley setup` fetches. That model is a demonstration: it
// proves the loop from ear to mouth, in any machine and at once, and is no conversationalist. WithModel runs any
// other model in GGUF format.
//
// The process is the same program once more, so main must begin with ServeIfChild:
//
//	func main() {
//		llama.ServeIfChild()
//		...
//		server, err := llama.Start(ctx)
//		if err != nil { ... }
//		defer server.Close()
//		llm, err := openai.New(server.Model(), openai.WithBaseURL(server.BaseURL()))
//
// Two reasons speak for a second process. A model file that is damaged, or an error in the library, then costs an
// answer and not all calls: the server starts the process anew and goes on. And on processors with matrix tiles
// (AMX), llama.cpp and ONNX Runtime spoil each other's tile registers when they run in one process.
//
// Each of several conversations keeps what the model has read of it, so a turn costs only the reading of what is
// new, and requests at the same time share the processor fairly. One thread works by default, which leaves the other
// cores to the audio of the calls.
package llama
