package whatsapptest

// callState is how far a call is.
//
//	ringing --pre_accept--> preAccepted --accept--> accepted --terminate, hang-up--> over
//	ringing --accept------------------------------> accepted
//	ringing --reject--> over                        ringing, preAccepted --nobody answers--> over
//
// A call that the business places rings at the user and goes to accepted when the user picks up.
type callState uint8

const (
	ringing callState = iota
	preAccepted
	accepted
	over
)

// String names the state for error details.
func (s callState) String() string {
	switch s {
	case ringing:
		return "ringing"
	case preAccepted:
		return "pre-accepted"
	case accepted:
		return "in progress"
	case over:
		return "already terminated"
	}
	return "unknown"
}
