// Package auto chooses the engines of a bot by what the machine and the environment have, so that an example runs
// with no key at all and becomes better with one. A program of one's own names its engines itself: this package
// imports all of them.
//
// The language model is, in this order: what PARLEY_LLM says; OpenAI or another server of its protocol, if
// OPENAI_API_KEY or OPENAI_BASE_URL is set; an Ollama that runs on this machine; and else the small demonstration
// model of package llama. Speech is always local: Silero, Moonshine and hibari.
//
//	func main() {
//		llama.ServeIfChild() // the local model is a second process of this program
//		...
//		engines, err := auto.Load(ctx, auto.FromEnv())
//		if err != nil { ... }
//		defer engines.Close()
//
// Each choice comes with an Engine, which says in words and in JSON what serves.
package auto
