package openai

import (
	"encoding/json"
	"fmt"

	sdk "github.com/openai/openai-go/v3"

	"github.com/parley-voice/parley/services"
)

// assembler makes deltas of chunks. Tool calls come in pieces and leave whole, at the end of the answer, so that
// one that was cut off is never run.
type assembler struct {
	calls []*toolCall
	usage *services.Usage
	tags  thinkTags
	cut   bool // the answer reached its limit
}

type toolCall struct {
	index int64
	services.ToolCall
}

// add takes a chunk. alive says that it shows the model at work, if only by thinking or writing a tool call.
func (a *assembler) add(chunk sdk.ChatCompletionChunk) (deltas []services.Delta, alive bool) {
	if u := chunk.Usage; u.PromptTokens > 0 || u.CompletionTokens > 0 {
		a.usage = &services.Usage{PromptTokens: int(u.PromptTokens), CompletionTokens: int(u.CompletionTokens)}
	}
	for _, c := range chunk.Choices {
		if c.Index != 0 { // never asked for more than one
			continue
		}
		text, thought := contentOf(c.Delta)
		if r := reasoning(c.Delta) + thought; r != "" {
			deltas = append(deltas, services.Delta{Reasoning: r})
		}
		deltas = append(deltas, a.tags.add(text)...)
		if c.Delta.Refusal != "" {
			deltas = append(deltas, services.Delta{Text: c.Delta.Refusal})
		}
		for _, t := range c.Delta.ToolCalls {
			a.addCall(t)
		}
		a.cut = a.cut || c.FinishReason == "length"
		alive = alive || len(deltas) > 0 || len(c.Delta.ToolCalls) > 0 || c.Delta.Content != ""
	}
	return deltas, alive
}

// reasoning returns what a delta holds of the model's reasoning, which servers send under names of their own.
func reasoning(d sdk.ChatCompletionChunkChoiceDelta) string {
	for _, name := range []string{"reasoning_content", "reasoning", "thinking"} {
		var text string
		if f, ok := d.JSON.ExtraFields[name]; ok && json.Unmarshal([]byte(f.Raw()), &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// addCall adds a piece of a tool call. Servers differ: some number their calls, some tell them apart by id only,
// some repeat id and name in every piece.
func (a *assembler) addCall(t sdk.ChatCompletionChunkChoiceDeltaToolCall) {
	var call *toolCall
	for i := len(a.calls) - 1; i >= 0 && call == nil; i-- {
		if c := a.calls[i]; c.index == t.Index && (t.ID == "" || c.ID == "" || c.ID == t.ID) {
			call = c
		}
	}
	if call == nil {
		call = &toolCall{index: t.Index}
		a.calls = append(a.calls, call)
	}
	if call.ID == "" {
		call.ID = t.ID
	}
	if call.Name == "" {
		call.Name = t.Function.Name
	}
	call.Arguments += t.Function.Arguments
}

// finish returns what is known only at the end of a complete answer: its tool calls, then its usage.
func (a *assembler) finish() []services.Delta {
	out := a.tags.finish(a.cut)
	for i, c := range a.calls {
		call := c.ToolCall
		if call.ID == "" {
			call.ID = fmt.Sprintf("call_%d", i)
		}
		out = append(out, services.Delta{ToolCall: &call})
	}
	if a.usage != nil {
		out = append(out, services.Delta{Usage: a.usage})
	}
	return out
}

// wholeAnswer reads an answer that did not come as a stream, as if it were one chunk.
func wholeAnswer(body []byte) (sdk.ChatCompletionChunk, bool) {
	var whole struct {
		Choices []map[string]json.RawMessage `json:"choices"`
		Usage   json.RawMessage              `json:"usage,omitempty"`
	}
	var chunk sdk.ChatCompletionChunk
	if json.Unmarshal(body, &whole) != nil || len(whole.Choices) == 0 {
		return chunk, false
	}
	for _, c := range whole.Choices {
		c["delta"] = c["message"]
		delete(c, "message")
		if c["delta"] == nil {
			return chunk, false
		}
	}
	raw, err := json.Marshal(whole)
	if err != nil || json.Unmarshal(raw, &chunk) != nil {
		return chunk, false
	}
	return chunk, true
}
