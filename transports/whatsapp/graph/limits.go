package graph

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
)

// ErrInvalid is wrapped by errors about messages and files that Meta would refuse; they were not sent.
var ErrInvalid = errors.New("graph: Meta does not take this")

// The limits of messages, in characters; UTF-16 units are the strictest reading of that.
const (
	// MaxTextUnits is the longest body of a text message.
	MaxTextUnits = 4096
	// MaxCaptionUnits is the longest text below an image, a video or a document.
	MaxCaptionUnits = 1024
	// MaxButtons is how many reply buttons a message has at most, and MaxRows how many rows a list has, in all of its
	// sections together.
	MaxButtons = 3
	MaxRows    = 10
	// MaxButtonsBodyUnits and MaxListBodyUnits are the longest texts above buttons, or a link, and lists.
	MaxButtonsBodyUnits = 1024
	MaxListBodyUnits    = 4096
	// MaxButtonTitleUnits is for the buttons of Buttons, List and Link, MaxRowTitleUnits for rows and sections.
	MaxButtonTitleUnits    = 20
	MaxRowTitleUnits       = 24
	MaxRowDescriptionUnits = 72
	// MaxButtonIDUnits and MaxRowIDUnits are for ids, which the user does not see.
	MaxButtonIDUnits = 256
	MaxRowIDUnits    = 200
	// MaxFooterUnits is for what stands above and below the text of Buttons, List and Link.
	MaxFooterUnits = 60
)

// Units is the length of a text as the limits of messages count it: in UTF-16 code units.
func Units(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// need finds a text that is missing or too long.
func need(what, s string, most int) error {
	if strings.TrimSpace(s) == "" {
		return invalid("%s is empty", what)
	}
	return fits(what, s, most)
}

// fits finds a text that is too long.
func fits(what, s string, most int) error {
	if n := Units(s); n > most {
		return invalid("%s has %d characters; the limit is %d", what, n, most)
	}
	return nil
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// webAddress finds what is no address of a web page or file.
func webAddress(what, s string) error {
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return invalid("%s is not an http or https address", what)
	}
	return nil
}
