package rtc

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrOffer means that the offer cannot be answered: the call should be rejected.
	ErrOffer = errors.New("rtc: cannot answer this offer")
	// ErrAnswer means that an answer does not fit the offer, or cannot lead to a call with audio.
	ErrAnswer = errors.New("rtc: cannot use this answer")
	// ErrRelay means that no TURN server could be used, and the connection was to go over one.
	ErrRelay = errors.New("rtc: no TURN server could be used; check its address, user name and password, and that this host reaches it")
	// ErrConfig means that an Endpoint cannot be made as asked.
	ErrConfig = errors.New("rtc: bad configuration")
)
