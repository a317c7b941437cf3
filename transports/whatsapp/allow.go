package whatsapp

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// allowKey brings an entry of the list of allowed users into the form that is compared: digits for a number,
// however it is written, and the text itself for a business-scoped id, such as "US.1234". "" means that it is neither.
func allowKey(entry string) string {
	entry = strings.TrimSpace(entry)
	if strings.ContainsFunc(entry, unicode.IsLetter) {
		if country, id, _ := strings.Cut(entry, "."); len(country) != 2 || id == "" {
			return ""
		}
		return entry
	}
	return webhook.Digits(entry)
}

// isUser reports whether an entry of a list of users is one number or business-scoped id, and not, say, two in a row.
func isUser(entry string) bool {
	entry = strings.TrimSpace(entry)
	key := allowKey(entry)
	if strings.ContainsFunc(entry, unicode.IsLetter) {
		return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	}
	between := func(r rune) bool {
		return unicode.IsDigit(r) || r == ' ' || strings.ContainsRune("+-./()\u00a0\u202f", r)
	}
	plus := strings.LastIndex(entry, "+")
	return key != "" && len(key) <= maxDigits && plus <= 0 && strings.TrimFunc(entry, between) == ""
}

// maxDigits is how many digits a number has at most with its country code (ITU-T E.164).
const maxDigits = 15

// nobody is an entry that no user has.
const nobody = "\x00"

// allowList is the set of users who may use the bot; an empty one allows everybody.
type allowList map[string]bool

func newAllowList(entries []string) allowList {
	l := allowList{}
	for _, e := range entries {
		if k := allowKey(e); k != "" {
			l[k] = true
		}
	}
	if len(entries) > 0 && len(l) == 0 {
		l[nobody] = true // a list without a valid entry allows nobody, and not everybody
	}
	return l
}

// size is how many users are on the list.
func (l allowList) size() int {
	if l[nobody] {
		return 0
	}
	return len(l)
}

func (l allowList) allows(keys ...string) bool {
	if len(l) == 0 {
		return true
	}
	for _, k := range keys {
		if l[allowKey(k)] {
			return true
		}
	}
	return false
}

// IsUserAllowed reports whether a sender, given by number or business-scoped id, may use the bot: one that is on the list of
// allowed users, or that is known to be another name of such a one.
func (b *Bot) IsUserAllowed(sender string) bool {
	key := allowKey(sender)
	if strings.ContainsFunc(key, unicode.IsLetter) {
		return b.guests.allow(webhook.User{UserID: key})
	}
	return b.guests.allow(webhook.User{Phone: key})
}
