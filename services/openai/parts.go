package openai

import (
	"encoding/json"
	"strings"

	sdk "github.com/openai/openai-go/v3"
)

// part is an element of a content that is a list. Models that reason make such ones at Mistral: parts of the type
// "thinking", which hold parts themselves, and then of the type "text".
type part struct {
	Text     string          `json:"text"`
	Thinking json.RawMessage `json:"thinking"` // a string or a list of parts
}

// contentOf returns what a delta says, and what it reasons, if its content is a list of parts. Parts of other kinds say
// nothing.
func contentOf(d sdk.ChatCompletionChunkChoiceDelta) (text, reasoning string) {
	raw := d.JSON.Content.Raw()
	switch {
	case strings.HasPrefix(raw, "["):
		return said([]byte(raw))
	case strings.HasPrefix(raw, "{"):
		return said([]byte("[" + raw + "]"))
	}
	return d.Content, ""
}

// said joins what a list of parts says. What is no such list says nothing.
func said(list []byte) (text, reasoning string) {
	var elements []json.RawMessage
	_ = json.Unmarshal(list, &elements)
	for _, e := range elements {
		var p part
		if json.Unmarshal(e, &p) != nil {
			continue
		}
		text += p.Text
		reasoning += thoughts(p.Thinking)
	}
	return text, reasoning
}

// thoughts returns what a thinking part holds.
func thoughts(raw json.RawMessage) (all string) {
	if json.Unmarshal(raw, &all) == nil {
		return all
	}
	var parts []struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(raw, &parts)
	for _, p := range parts {
		all += p.Text
	}
	return all
}
