package services

import (
	"context"
	"iter"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
)

// Role says who a message of a conversation comes from.
type Role string

// The roles that chat models know.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	Tool      Role = "tool"
)

// Message is one entry of a conversation. It is a value: whoever holds one may keep it and must not change
// the slices in it.
type Message struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
	// Via is the way it came or went: "call", "text", "voice" for a voice note, "heartbeat", "reset" or "".
	Via string `json:"via,omitempty"`
	// At is when it was said; the zero time if unknown.
	At time.Time `json:"at,omitzero"`
	// Refs are the transport's ids of what it came or went in, such as a WhatsApp message, so that a later message
	// can refer to it.
	Refs []string `json:"refs,omitempty"`
	// Images are pictures for a model that can see; others go by the text, which says what they are. A conversation keeps
	// only how to get them again, their Ref; in a request all have their Data.
	Images []frame.Image `json:"images,omitempty"`
	// Interrupted marks an assistant message that was cut off by the user; Text is what was heard of it.
	Interrupted bool `json:"interrupted,omitempty"`
	// ToolCalls are the calls that an assistant message asks for.
	ToolCalls []ToolCall `json:"tool_calls,omitempty"`
	// ToolCallID names the call that a Tool message answers.
	ToolCallID string `json:"tool_call_id,omitempty"`
}

// ToolCall is a model's request to run a function.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // JSON, as the model wrote it: it may be malformed
}

// Request is what a model is asked.
type Request struct {
	Messages []Message
	// MaxTokens limits the answer; 0 leaves it to the service.
	MaxTokens int
	// Temperature is the sampling temperature; nil leaves it to the service.
	Temperature *float64
}

// Delta is one step of a model's answer: some text, some of its reasoning, a finished tool call, or the usage at its end.
type Delta struct {
	Text string
	// Reasoning is what the model thought before it answered, if the service tells. It is no part of the answer.
	Reasoning string
	// Retract says that the Text of all deltas before this one was reasoning, too: the model closed reasoning of which nobody
	// saw the beginning. Whoever has not passed that text on yet takes it for reasoning.
	Retract  bool
	ToolCall *ToolCall
	Usage    *Usage
}

// Usage counts the tokens of one request.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
}

// LLM is a language model that streams its answer.
//
// Generate yields deltas until the answer is complete; a non-nil error is the last thing that it yields. It
// stops, and frees what it holds, when ctx ends or the consumer breaks out of the loop. It must be safe for
// concurrent use: one LLM serves all sessions of a process.
type LLM interface {
	Generate(ctx context.Context, r Request) iter.Seq2[Delta, error]
}

// LLMFunc makes an LLM of a function.
type LLMFunc func(ctx context.Context, r Request) iter.Seq2[Delta, error]

// Generate calls f.
func (f LLMFunc) Generate(ctx context.Context, r Request) iter.Seq2[Delta, error] { return f(ctx, r) }
