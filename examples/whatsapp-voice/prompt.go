package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/processors/workspace"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// defaultInstructions is the system prompt for models that have no better one of their own.
const defaultInstructions = `You are Parley, a friendly assistant who speaks with people on the phone and in WhatsApp chats. ` +
	`Answer in one or two short sentences of plain spoken language, without lists, markup or emoji.`

// prompt returns what tells the system prompt, for a model with a prompt of its own or "". A workspace may change while
// the bot runs.
func (c *config) prompt() (func(own string) string, error) {
	if c.Workspace == "" {
		return func(own string) string { return cmp.Or(c.Instructions, own, defaultInstructions) }, nil
	}
	if c.Instructions != "" {
		return nil, errors.New("PARLEY_WORKSPACE and PARLEY_INSTRUCTIONS are both set; both are the system prompt, so unset one")
	}
	w, err := workspace.Open(c.Workspace)
	if err != nil {
		return nil, fmt.Errorf("PARLEY_WORKSPACE: %w", err)
	}
	return func(string) string { return w.Prompt() }, nil
}

// resetGreeting is what the model is told after a reset; "" lets a fixed text do, if nobody told the bot who it is.
func (c *config) resetGreeting() string {
	if c.Workspace == "" {
		return ""
	}
	return whatsapp.DefaultResetGreeting
}
