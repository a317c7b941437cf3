package whatsapp

import (
	"log/slog"
	"strings"
	"time"
)

func (c Config) withDefaults() Config {
	c.PhoneNumberID, c.MorePhoneNumberIDs = strings.TrimSpace(c.PhoneNumberID), trimmed(c.MorePhoneNumberIDs)
	text := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	text(&c.Texts.Apology, "Sorry, something went wrong on my side. Please try again.")
	text(&c.Texts.ResetHint, "Or write {command} to begin anew.")
	text(&c.Texts.Unreadable, c.unreadable())
	text(&c.Texts.NotAllowed, "This operation not allowed")
	text(&c.Texts.Reset, "Our conversation was reset. We begin anew: what can I do for you?")
	text(&c.Texts.CallPermission, "May I call you here on WhatsApp?")
	text(&c.Texts.FileFailed, "Sorry, I could not send you this: {files}")
	text(&c.Node, DefaultNode)
	text(&c.Texts.Choose, "Please choose:")
	text(&c.Texts.Choices, "Choose")
	text(&c.ResetCommand, DefaultResetCommand)
	if c.SummaryTurns == 0 {
		c.SummaryTurns = 2
	}
	span := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	span(&c.ConnectTimeout, 10*time.Second)
	span(&c.RingTimeout, time.Minute)
	span(&c.PermissionWait, 24*time.Hour)
	span(&c.DisconnectGrace, 6*time.Second)
	span(&c.SilenceTimeout, 30*time.Second)
	if c.MaxLateness == 0 {
		c.MaxLateness = defaultMaxLateness
	}
	if c.Debounce == 0 {
		c.Debounce = 300 * time.Millisecond
	}
	span(&c.DebounceLimit, time.Second)
	span(&c.RefusalPeriod, time.Hour)
	span(&c.MessageTimeout, 2*time.Minute)
	if c.Throughput == 0 {
		c.Throughput = defaultThroughput
	}
	if c.PairPause == 0 {
		c.PairPause = defaultPairPause
	}
	span(&c.MaxVoice, 5*time.Minute)
	if c.PictureTurns == 0 {
		c.PictureTurns = defaultPictureTurns
	}
	if c.MaxFileBytes <= 0 {
		c.MaxFileBytes = 20 << 20
	}
	if c.MaxDocument <= 0 {
		c.MaxDocument = 8000
	}
	c.Texts.Media.setDefaults()
	text(&c.Goodbye, DefaultGoodbye)
	text(&c.Heartbeat.Message, DefaultHeartbeatMessage)
	text(&c.LimitWarning, DefaultLimitWarning)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// trimmed returns the entries of a list that are not blank, without white space around them: people write "1, 2," into
// their environment.
func trimmed(list []string) (all []string) {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// unreadable says what a user can send.
func (c Config) unreadable() string {
	kinds := "texts"
	if c.STT != nil {
		kinds += ", voice notes"
	}
	if c.Pictures {
		kinds += ", pictures"
	}
	return "Sorry, I cannot read messages of this kind. You can send me " + kinds + ", documents, places and contacts."
}
