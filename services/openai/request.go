package openai

import (
	"encoding/base64"
	"fmt"
	"slices"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// params makes the JSON of a request.
func (l *LLM) params(r services.Request) (sdk.ChatCompletionNewParams, error) {
	p := sdk.ChatCompletionNewParams{Model: l.model, Messages: make([]sdk.ChatCompletionMessageParamUnion, 0, len(r.Messages))}
	for i, m := range r.Messages {
		u, ok, err := l.message(m)
		if err != nil {
			return p, fmt.Errorf("openai: message %d: %w", i, err)
		}
		if ok {
			p.Messages = append(p.Messages, u)
		}
	}
	if len(p.Messages) == 0 {
		return p, fmt.Errorf("openai: the request has no message with any text")
	}
	limit := r.MaxTokens
	if limit <= 0 {
		limit = l.cfg.maxTokens
	}
	if limit > 0 && l.newNames {
		p.MaxCompletionTokens = param.NewOpt(int64(limit))
	} else if limit > 0 {
		p.MaxTokens = param.NewOpt(int64(limit))
	}
	if t := r.Temperature; t != nil {
		p.Temperature = param.NewOpt(*t)
	} else if t := l.cfg.temperature; t != nil {
		p.Temperature = param.NewOpt(*t)
	}
	if l.cfg.usage {
		p.StreamOptions.IncludeUsage = param.NewOpt(true)
	}
	return p, nil
}

// message maps one message. It is left out (ok false) if there is nothing in it, such as an answer that was
// interrupted before anything of it was heard: servers refuse those.
func (l *LLM) message(m services.Message) (u sdk.ChatCompletionMessageParamUnion, ok bool, err error) {
	switch m.Role {
	case services.System:
		return sdk.SystemMessage(m.Text), m.Text != "", nil
	case services.User:
		if l.cfg.vision && slices.ContainsFunc(m.Images, seen) {
			return sdk.UserMessage(parts(m)), true, nil
		}
		return sdk.UserMessage(m.Text), m.Text != "", nil
	case services.Tool:
		if m.ToolCallID == "" {
			return u, false, fmt.Errorf("a tool message must name the call that it answers")
		}
		return sdk.ToolMessage(m.Text, m.ToolCallID), true, nil
	case services.Assistant:
		a := &sdk.ChatCompletionAssistantMessageParam{}
		if m.Text != "" {
			a.Content.OfString = param.NewOpt(m.Text)
		}
		for _, c := range m.ToolCalls {
			a.ToolCalls = append(a.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{
				OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
					ID:       c.ID,
					Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.Name, Arguments: c.Arguments},
				}})
		}
		return sdk.ChatCompletionMessageParamUnion{OfAssistant: a}, m.Text != "" || len(a.ToolCalls) > 0, nil
	}
	return u, false, fmt.Errorf("unknown role %q", m.Role)
}

// seen reports whether a picture is there, and not only known.
func seen(image frame.Image) bool { return len(image.Data) > 0 }

// parts is a message with pictures, which are within the request.
func parts(m services.Message) []sdk.ChatCompletionContentPartUnionParam {
	var all []sdk.ChatCompletionContentPartUnionParam
	if m.Text != "" {
		all = append(all, sdk.TextContentPart(m.Text))
	}
	for _, image := range m.Images {
		if !seen(image) {
			continue
		}
		all = append(all, sdk.ImageContentPart(sdk.ChatCompletionContentPartImageImageURLParam{
			URL: "data:" + image.MIMEType + ";base64," + base64.StdEncoding.EncodeToString(image.Data),
		}))
	}
	return all
}
