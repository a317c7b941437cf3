package whatsapp

import (
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

func TestMessageKnowsItsVoicemail(t *testing.T) {
	t.Parallel()
	note := arrival{event: &webhook.Message{Type: "audio", ID: "wamid.1"}}
	voicemail := arrival{event: &webhook.Message{Type: "audio", ID: "wacid.2"}}
	if id, ok := (&Message{arrivals: []arrival{note}}).Voicemail(); ok || id != "" {
		t.Errorf("a voice note is the voicemail of %q", id)
	}
	if id, ok := (&Message{arrivals: []arrival{voicemail, note}}).Voicemail(); !ok || id != "wacid.2" {
		t.Errorf("it is the voicemail of %q, %v", id, ok)
	}
}
