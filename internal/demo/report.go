package demo

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Report is demo-call.json. All times are in milliseconds.
type Report struct {
	OK     bool     `json:"ok"`
	Failed []string `json:"failed"` // the steps that did not work, with the reason

	CallID               string   `json:"call_id,omitempty"`
	RingToAccept         *float64 `json:"ring_to_accept_ms,omitempty"`
	AcceptToFirstPacket  *float64 `json:"accept_to_first_packet_ms,omitempty"`
	AcceptToFirstAudio   *float64 `json:"accept_to_first_audio_ms,omitempty"`
	Greeting             string   `json:"greeting"`
	GreetingHeardAs      string   `json:"greeting_heard_as,omitempty"`
	Turns                []Turn   `json:"turns"`
	BargeIn              *float64 `json:"barge_in_ms,omitempty"`
	Text                 *Text    `json:"text,omitempty"`
	Engines              *Engines `json:"engines,omitempty"`
	Recording            string   `json:"recording,omitempty"`
	ViolationsOfProtocol []string `json:"violations"`
}

// Turn is one exchange of the call.
type Turn struct {
	Voice  string `json:"voice"`  // human or synthetic
	Source string `json:"source"` // where the voice comes from
	Spoken string `json:"spoken"` // what the caller said
	Heard  string `json:"heard"`  // what the bot's STT understood
	Said   string `json:"said"`   // the bot's answer, as far as it was played
	// SaidHeardAs is what another transcription understood of the bot's answer at the caller's end.
	SaidHeardAs string `json:"said_heard_as"`
	Interrupted bool   `json:"interrupted"` // the caller cut the answer off
	// Response is from the caller's last sample of speech to the bot's first, at the caller's end.
	Response *float64 `json:"response_ms"`
	// Stages are the bot's own times since the end of speech, each including those before it.
	Stages map[string]float64 `json:"stages"`

	answer whatsapptest.Span
}

// Text is the exchange of messages after the call.
type Text struct {
	Sent     string        `json:"sent"`
	Answer   string        `json:"answer"`
	Messages []chatMessage `json:"llm_messages"` // what the model was asked, with the call in it
}

// Engines are who served.
type Engines struct {
	VAD string `json:"vad"`
	STT string `json:"stt"`
	LLM string `json:"llm"`
	TTS string `json:"tts"`
}

// save writes the report.
func (r *Report) save(path string) error {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	if err := os.WriteFile(path, append(body, '\n'), 0o644); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	return nil
}

// fail names a step that did not work.
func (r *Report) fail(step string, err error) {
	r.Failed = append(r.Failed, fmt.Sprintf("%s: %v", step, err))
}
