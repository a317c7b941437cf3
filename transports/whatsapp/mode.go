package whatsapp

import (
	"fmt"
	"strings"
)

// Mode says what messages of one user have to do with each other. Calls use the user's conversation in either.
type Mode uint8

// The modes.
const (
	// Task answers each message by itself: the model knows nothing of earlier ones. It is the default.
	Task Mode = iota
	// Chat has one conversation with each user, which calls share.
	Chat
)

// ParseMode reads "task" or "chat", in capitals or not. It fails with ErrConfig for anything else.
func ParseMode(s string) (Mode, error) {
	var m Mode
	err := m.UnmarshalText([]byte(s))
	return m, err
}

// String returns "task" or "chat".
func (m Mode) String() string {
	switch m {
	case Task:
		return "task"
	case Chat:
		return "chat"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// MarshalText writes what String returns.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what ParseMode reads.
func (m *Mode) UnmarshalText(text []byte) error {
	for _, known := range []Mode{Task, Chat} {
		if strings.EqualFold(strings.TrimSpace(string(text)), known.String()) {
			*m = known
			return nil
		}
	}
	return fmt.Errorf("%w: the mode %q is neither task nor chat", ErrConfig, text)
}
