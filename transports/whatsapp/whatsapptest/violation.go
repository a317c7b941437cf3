package whatsapptest

import (
	"slices"
	"time"
)

// Violation is a rule that the bot broke without being refused on the spot: the real thing would have lost
// audio, charged money or dropped the call.
type Violation struct {
	At     time.Time `json:"at"`
	Call   string    `json:"call,omitempty"`
	Detail string    `json:"detail"`
}

// String is the detail.
func (v Violation) String() string { return v.Detail }

// maxViolations bounds what is kept of each call: a bot that gets one thing wrong gets it wrong 50 times a second.
const maxViolations = 100

// Violations returns what the bot did wrong in all calls.
func (e *Emulator) Violations() []Violation {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.violated)
}

// Violations returns what the bot did wrong in this call. A test of a good bot asserts that it is empty.
func (c *Call) Violations() []Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.violated)
}

// violate records that the bot broke a rule. Each text is recorded once per call.
func (c *Call) violate(detail string, at time.Time) {
	v := Violation{At: at, Call: c.id, Detail: detail}
	c.mu.Lock()
	known := slices.ContainsFunc(c.violated, func(old Violation) bool { return old.Detail == detail })
	if known || len(c.violated) >= maxViolations {
		c.mu.Unlock()
		return
	}
	c.violated = append(c.violated, v)
	c.mu.Unlock()
	c.e.mu.Lock()
	c.e.violated = append(c.e.violated, v)
	c.e.mu.Unlock()
	c.e.log.add(Event{At: at, Kind: EventViolation, Call: c.id, Detail: detail})
	c.e.cfg.log.Warn("violation", "call", c.id, "detail", detail)
}
