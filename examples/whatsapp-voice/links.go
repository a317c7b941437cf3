package main

import (
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// links is the stage that sends links as text, or one that does nothing if they are to be spoken.
func (c *config) links(call *whatsapp.Call) pipeline.Stage {
	if !c.LinksAsText {
		return processors.LinksAsText(nil)
	}
	return processors.LinksAsText(call.SendText)
}
