package rtc

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrOffer means that the offer cannot be answered: the call should be rejected.
	ErrOffer = errors.New("rtc: cannot answer this offer")
	// ErrConfig means that an Endpoint cannot be made as asked.
	ErrConfig = errors.New("rtc: bad configuration")
)
