package graph

import (
	"errors"
	"strings"
)

// Address is whom a message or call goes to: a phone number, or the business-scoped id of a user who hides it.
// If both are given, the number is used.
type Address struct {
	Phone  string // with country code, digits; a leading + is added if missing
	UserID string // such as "US.1234567890"
}

// Phone returns the address of a phone number.
func Phone(number string) Address { return Address{Phone: number} }

// UserID returns the address of a business-scoped user id.
func UserID(id string) Address { return Address{UserID: id} }

// String hides all but the last four characters.
func (a Address) String() string {
	s := a.Phone
	if s == "" {
		s = a.UserID
	}
	return "…" + s[max(0, len(s)-4):]
}

func (a Address) check() error {
	if a.Phone == "" && a.UserID == "" {
		return errors.New("graph: the recipient is empty; give a phone number or a user id")
	}
	return nil
}

// to is the phone number with a plus: without it, Meta puts the business number's own country code in front.
func (a Address) to() string {
	if a.Phone == "" {
		return ""
	}
	return "+" + strings.TrimPrefix(a.Phone, "+")
}

func (a Address) recipient() string {
	if a.Phone != "" {
		return ""
	}
	return a.UserID
}
