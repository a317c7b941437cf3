package rtc

import "fmt"

// Answer is what a relay answers to the offer of a call of the business.
type Answer struct {
	description
	// Active means that the relay begins the DTLS handshake; else this side does.
	Active bool
}

// ParseAnswer reads an answer, however its lines end. It returns ErrAnswer, with the reason, for what cannot lead to
// a call with audio.
func ParseAnswer(text string) (*Answer, error) {
	a := &Answer{}
	setup, err := a.parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	switch setup {
	case "active":
		a.Active = true
	case "passive":
	default:
		return nil, fmt.Errorf("%w: a=setup:%.20q; want active or passive", ErrAnswer, setup)
	}
	return a, nil
}
