package webhook

import "strings"

// Voicemail returns the id of the call that the message is the voicemail of, if it is one: what a user said after a call
// that was not answered comes as an audio message with the call's own id.
func (m Message) Voicemail() (callID string, ok bool) {
	if m.Type == "audio" && strings.HasPrefix(m.ID, "wacid.") {
		return m.ID, true
	}
	return "", false
}
