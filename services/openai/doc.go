// Package openai is a language model behind the chat completions protocol that OpenAI made and many servers
// speak: OpenAI itself, Groq, vLLM, llama.cpp, Ollama and the model server that Parley starts by itself.
//
// An LLM keeps a pool of warm connections, so that a request in a running call costs no handshake. It guards
// every request with deadlines (connect, first token, between tokens, total), tries again only while nothing
// has come out yet, and reports what went wrong as an *Error that says what to do.
//
// What servers send is not trusted to be tidy: comments, events without choices, missing usage, lines that are
// no JSON and streams that end too soon are either passed over or named in the error.
package openai
