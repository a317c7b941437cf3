package graph

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// Reasons for which Meta refuses calls, and questions for the permission to call: an *Error with the code in brackets is
// one of these (errors.Is). Its Advice says what to do. None of them goes away by trying again at once.
var (
	// ErrCallingDisabled means that calling is not switched on for the phone number (138000).
	ErrCallingDisabled = errors.New("graph: calling is not enabled for this number")
	// ErrUncallable means that the user cannot be called: no WhatsApp, terms not accepted, or an old app (138001).
	ErrUncallable = errors.New("graph: the user cannot be called")
	// ErrTooManyCalls means that the number has as many calls at once as it may have (138002).
	ErrTooManyCalls = errors.New("graph: the number has too many calls at once")
	// ErrAlreadyInCall means that there is a call with this user already (138003).
	ErrAlreadyInCall = errors.New("graph: there is a call with this user already")
	// ErrCallRate means that the number has placed too many calls (138005).
	ErrCallRate = errors.New("graph: the number has placed too many calls")
	// ErrNoCallPermission means that the user has not permitted calls (138006).
	ErrNoCallPermission = errors.New("graph: the user has not permitted calls")
	// ErrPermissionLimit means that the user was asked for permission as often as is allowed (138009).
	ErrPermissionLimit = errors.New("graph: the user was asked for permission too often")
	// ErrCallLimit means that the user was called as often as is allowed (138012).
	ErrCallLimit = errors.New("graph: the user was called too often")
	// ErrCallCountry means that business numbers of this country cannot place calls (138013).
	ErrCallCountry = errors.New("graph: numbers of this country cannot place calls")
	// ErrCallsPaused means that Meta has paused calls of the number for low quality (138014).
	ErrCallsPaused = errors.New("graph: calls of this number are paused")
	// ErrPermissionExists means that there is no need to ask: the user permits calls for good (138017).
	ErrPermissionExists = errors.New("graph: the user permits calls for good")
	// ErrSIP means that the number is set to SIP and takes no calls from here (131055).
	ErrSIP = errors.New("graph: the number is set to SIP")
)

// Is reports whether the error is one of the reasons above.
func (e *Error) Is(target error) bool {
	reason := reasonOf(e.Code)
	return reason != nil && reason == target
}

func reasonOf(code int) error {
	switch code {
	case 138000:
		return ErrCallingDisabled
	case 138001:
		return ErrUncallable
	case 138002:
		return ErrTooManyCalls
	case 138003:
		return ErrAlreadyInCall
	case 138005:
		return ErrCallRate
	case 138006:
		return ErrNoCallPermission
	case 138009:
		return ErrPermissionLimit
	case 138012:
		return ErrCallLimit
	case 138013:
		return ErrCallCountry
	case 138014:
		return ErrCallsPaused
	case 138017:
		return ErrPermissionExists
	case 131055:
		return ErrSIP
	}
	return nil
}

// moments finds times in Meta's words: RFC 3339, with or without the colon in the zone, or Unix seconds.
var moments = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)?|\b\d{10}\b`)

// NextTime is when Meta allows it again, if its words tell.
func (e *Error) NextTime() (at time.Time, ok bool) {
	for _, text := range []string{e.Details, e.Message} {
		found := moments.FindString(text)
		if found == "" {
			continue
		}
		if seconds, err := strconv.ParseInt(found, 10, 64); err == nil {
			return time.Unix(seconds, 0), true
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-0700",
			"2006-01-02T15:04:05", time.DateTime} {
			if t, err := time.Parse(layout, found); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}
