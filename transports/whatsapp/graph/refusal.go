package graph

import "net/http"

// WindowClosed says that the user wrote or called more than 24 hours ago, so that only a Template can be sent now.
func (e *Error) WindowClosed() bool { return e.Code == 131047 }

// MediaRefused says that Meta could not fetch, read or use the file of a message: another message may be taken.
func (e *Error) MediaRefused() bool { return e.Code == 131052 || e.Code == 131053 }

// PairLimited says that this user got too many messages from this number in a short time.
func (e *Error) PairLimited() bool { return e.Code == 131056 }

// Limited says that the request was not carried out because there were too many, and may succeed later: RetryAfter
// after, if it is set.
func (e *Error) Limited() bool {
	switch e.Code {
	case 4, 613, 80007, 130429, 131056:
		return true
	case 131048: // the spam limit, which waiting does not help against
		return false
	}
	return e.HTTPStatus == http.StatusTooManyRequests
}

// Lasting says that Meta would refuse any other free-form message to the same user as well, now and in the next minutes:
// the user cannot get it, or the number or the token may not send. Another message, such as an apology, is in vain.
func (e *Error) Lasting() bool {
	switch e.Code {
	case 3, 10, 368: // permissions; blocked
		return true
	case 130429, 4, 80007, 131048, 131056, 131064: // limits
		return true
	case 130472, 130497, 131005, 131021, 131026, 131030, 131031, 131037, 131042, 131044, 131045, 131047, 131049,
		131050, 133010, 137000:
		return true
	}
	return e.Code >= 200 && e.Code <= 299 || e.Unauthorized()
}
