package webhook

import (
	"fmt"
	"strings"
	"time"
)

// Event is something that Meta tells: a *Connect, *Terminate, *Message, *Permission, *Status or *Other.
type Event interface{ event() }

// Metadata names the business phone number that an event is for.
type Metadata struct {
	DisplayPhoneNumber string `json:"display_phone_number"`
	PhoneNumberID      string `json:"phone_number_id"`
}

// Direction says who started a call.
type Direction string

// The directions of calls.
const (
	UserInitiated     Direction = "USER_INITIATED"
	BusinessInitiated Direction = "BUSINESS_INITIATED"
)

// Connect is the first event of a call. If a user calls, it holds the offer of Meta's relay; if the business
// called, the answer.
type Connect struct {
	Metadata  Metadata
	CallID    string
	User      User
	Time      time.Time // zero if it was not told
	Direction Direction
	SDPType   string // "offer" or "answer"
	SDP       string // secret: it holds the keys of the media connection's checks
	// DeeplinkPayload and CTAPayload are what the link or button that the user called from carries.
	DeeplinkPayload string
	CTAPayload      string
	Opaque          string // what was given to the Graph API when the call was started
}

// Terminate says that a call is over, whoever ended it.
type Terminate struct {
	Metadata  Metadata
	CallID    string
	User      User
	Time      time.Time
	Direction Direction
	Status    string        // "COMPLETED" or "FAILED", in capitals
	Start     time.Time     // when it was accepted; zero if it was not
	End       time.Time     // zero if it was not accepted
	Duration  time.Duration // in whole seconds; 0 if it was not accepted
	Opaque    string        // what was given to the Graph API when the call was accepted or started
	Errors    []Error
}

// Message is something that a user wrote or sent.
type Message struct {
	Metadata Metadata
	ID       string
	User     User
	Time     time.Time
	Type     string // as Meta names it: "text", "audio", "interactive", ...
	// Subtype is the kind of an "interactive" or "unsupported" message.
	Subtype string
	// Text is what was written, or the title of the button or row that was chosen. What is written below a picture or
	// file is Media.Caption.
	Text string
	// ReplyID is the id of the button or row that was chosen, or the payload of a template's button.
	ReplyID string
	// Description stands below the title of the row that was chosen.
	Description string
	// ReplyTo is the id of the message that this one quotes.
	ReplyTo string

	// What came with it, by Type; nil or empty for all others.
	Media    *Media // "image", "video", "audio", "document", "sticker"
	Location *Location
	Contacts []Contact
	Reaction *Reaction
	Form     *Form // "interactive" of the Subtype "nfm_reply"
	Order    *Order
	System   *System

	Context  Context
	Referral *Referral // nil if no advertisement brought the user
	// GroupID is set if it was sent to a group.
	GroupID string
	Errors  []Error
}

// Status says what became of a message or call of the business.
type Status struct {
	Metadata Metadata
	ID       string // of the message or call
	Call     bool   // it is about a call
	Status   string // such as "delivered", or "RINGING" for a call
	Time     time.Time
	User     User
	Opaque   string
	Errors   []Error
}

// Other is an event that this package has no type for. It must be answered like any other, or Meta sends it for
// a week.
type Other struct {
	Metadata Metadata
	Field    string // such as "account_update"
	Event    string // of a call event
	Errors   []Error
}

func (*Connect) event()   {}
func (*Terminate) event() {}
func (*Message) event()   {}
func (*Status) event()    {}
func (*Other) event()     {}

// Error is a fault that Meta reports in an event. In its words, phone numbers are cut to their last four digits.
type Error struct {
	Code    int
	Title   string
	Message string
	Details string
	Href    string
}

// Error says "138021: title: details".
func (e Error) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{e.Title, e.Message, e.Details} {
		if s != "" && (len(parts) == 0 || parts[len(parts)-1] != s) {
			parts = append(parts, s)
		}
	}
	return fmt.Sprintf("%d: %s", e.Code, strings.Join(parts, ": "))
}
