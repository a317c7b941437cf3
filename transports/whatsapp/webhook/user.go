package webhook

import "strings"

// User is who an event comes from. Users with a username may hide their number, so any member may be empty.
type User struct {
	Phone        string // the number, digits only
	WaID         string // WhatsApp's own form of the number; in some countries it differs
	UserID       string // the business-scoped id, such as "US.1234567890"
	ParentUserID string
	Name         string // as the user chose it
	Username     string
}

// Keys are the names under which the user may be known, the most lasting first: the business-scoped id, the
// number, and WhatsApp's form of the number. It is empty if nothing is known.
func (u User) Keys() []string {
	var keys []string
	for _, k := range []string{u.UserID, u.Phone, u.WaID} {
		if k != "" && (len(keys) == 0 || keys[len(keys)-1] != k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// String hides all but the last four characters of the number or id.
func (u User) String() string {
	for _, s := range []string{u.Phone, u.WaID, u.UserID} {
		if s != "" {
			return "…" + s[max(0, len(s)-4):]
		}
	}
	return "unknown"
}

// userOf makes a user of an event's own members and its contact, if there is one.
func userOf(phone, userID, parentID string, contacts []wireContact) User {
	u := User{Phone: Digits(phone), UserID: userID, ParentUserID: parentID}
	c, ok := contactOf(u, contacts)
	if !ok {
		return u
	}
	u.WaID, u.Name, u.Username = Digits(c.WaID), c.Profile.Name, c.Profile.Username
	if u.UserID == "" {
		u.UserID = c.UserID
	}
	if u.ParentUserID == "" {
		u.ParentUserID = c.ParentUserID
	}
	if u.Phone == "" {
		u.Phone = u.WaID
	}
	return u
}

// contactOf finds the contact of a user. A single contact in an event is the user's, even if the numbers differ.
func contactOf(u User, contacts []wireContact) (wireContact, bool) {
	for _, c := range contacts {
		if u.UserID != "" && c.UserID == u.UserID || u.Phone != "" && Digits(c.WaID) == u.Phone {
			return c, true
		}
	}
	if len(contacts) == 1 {
		return contacts[0], true
	}
	return wireContact{}, false
}

// Digits returns the digits of a phone number as people write it, without +, spaces, brackets and dashes.
func Digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}
