package rtpaudio

import "fmt"

// Payloads are the payload types that were negotiated, 1 to 127.
type Payloads struct {
	Opus uint8 // 111 with WhatsApp
	// Events is the type of telephone-event, the keys that the user presses; 126 with WhatsApp. Zero means
	// that there are none.
	Events uint8
}

func (p Payloads) check() error {
	switch {
	case p.Opus == 0 || p.Opus > 127:
		return fmt.Errorf("%w: payload type %d of Opus is not within 1 to 127", ErrConfig, p.Opus)
	case p.Events > 127:
		return fmt.Errorf("%w: payload type %d of telephone-event is not within 1 to 127", ErrConfig, p.Events)
	case p.Opus == p.Events:
		return fmt.Errorf("%w: Opus and telephone-event share the payload type %d", ErrConfig, p.Opus)
	}
	return nil
}
