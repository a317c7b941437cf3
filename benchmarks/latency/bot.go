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
	// Greeting is what the bot says first; empty lets the caller begin.
	Greeting string
}

// pipeline puts the shipped stages between an input and an output, as the example bot does.
func (b Bot) pipeline(in, out pipeline.Stage, c *conversation.Conversation, p *probe) *pipeline.Pipeline {
	stages := []pipeline.Stage{in, processors.VAD(b.VAD), processors.STT(b.STT), processors.Turn()}
	if b.Greeting != "" {
		stages = append(stages, processors.Greet(b.Greeting))
	}
	return pipeline.New(append(stages,
		processors.LLM(b.LLM, c, processors.WithInstructions(b.Instructions)),
		p, // in front of the TTS, which consumes the text
		processors.TTS(b.TTS),
		out,
	)...)
}
