package latency

import (
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// Bot is the set of engines of a bot.
type Bot struct {
	VAD services.VAD
	STT services.STT
	LLM services.LLM
	TTS services.TTS
	// Instructions is the system prompt.
	Instructions string
}

// pipeline puts the shipped stages between an input and an output, as the example bot does.
func (b Bot) pipeline(in, out pipeline.Stage, c *conversation.Conversation, p *probe) *pipeline.Pipeline {
	return pipeline.New(
		in,
		processors.VAD(b.VAD),
		processors.STT(b.STT),
		processors.Turn(),
		processors.LLM(b.LLM, c, processors.WithInstructions(b.Instructions)),
		p, // in front of the TTS, which consumes the text
		processors.TTS(b.TTS),
		out,
	)
}
