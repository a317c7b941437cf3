package whatsapp

import (
	"fmt"
	"strings"
)

// VoiceMode says which answers to messages are voice notes.
type VoiceMode uint8

// The modes.
const (
	// VoiceNever writes all answers. It is the default.
	VoiceNever VoiceMode = iota
	// VoiceReply answers voice notes with voice notes.
	VoiceReply
	// VoiceAlways answers everything with voice notes.
	VoiceAlways
)

// String returns "never", "reply" or "always".
func (m VoiceMode) String() string {
	switch m {
	case VoiceNever:
		return "never"
	case VoiceReply:
		return "reply"
	case VoiceAlways:
		return "always"
	}
	return fmt.Sprintf("voice mode %d", uint8(m))
}

// MarshalText writes what String returns.
func (m VoiceMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads "never", "reply" or "always", in capitals or not. It fails with ErrConfig for anything else.
func (m *VoiceMode) UnmarshalText(text []byte) error {
	for _, known := range []VoiceMode{VoiceNever, VoiceReply, VoiceAlways} {
		if strings.EqualFold(strings.TrimSpace(string(text)), known.String()) {
			*m = known
			return nil
		}
	}
	return fmt.Errorf("%w: voice notes are sent never, as a reply or always, and not %q", ErrConfig, text)
}
