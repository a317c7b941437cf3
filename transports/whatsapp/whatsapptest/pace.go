package whatsapptest

import (
	"net/http"
	"time"
)

// WithPairLimit refuses messages, with 131056, that come too fast for one user: one in pause on average, of which up to
// burst may come within a pause on credit. Meta's own are 6 s and 45. By default there is no limit, so that tests are
// quick.
func WithPairLimit(pause time.Duration, burst int) Option {
	return func(c *config) { c.pairPause, c.pairBurst = pause, burst }
}

// WithThroughput refuses messages, with 130429, beyond so many in a second. Meta's own limit is 80. By default there is
// none.
func WithThroughput(perSecond int) Option { return func(c *config) { c.throughput = perSecond } }

// pace is how fast the bot sends.
type pace struct {
	pairs map[string]*pair
	last  []time.Time // of the messages in the last second
}

// pair is what went to one user: a burst, which began at a time, and until when it is paid for.
type pair struct {
	began, paid time.Time
	sent        int
}

// checkPace counts a message, or refuses it. It needs the lock.
func (e *Emulator) checkPace(to string, now time.Time) *GraphError {
	if most := e.cfg.throughput; most > 0 {
		for len(e.pace.last) > 0 && now.Sub(e.pace.last[0]) >= time.Second {
			e.pace.last = e.pace.last[1:]
		}
		if len(e.pace.last) >= most {
			return graphError(http.StatusTooManyRequests, 130429, "(#130429) Rate limit hit", "Message failed to send because there were too many messages sent from this phone number in a short period of time")
		}
	}
	if e.cfg.pairPause > 0 && !e.pairAllows(to, now) {
		return graphError(http.StatusTooManyRequests, 131056, "(#131056) (Business Account, Consumer Account) pair rate limit hit",
			"Message failed to send because there were too many messages sent from this phone number to the same user in a short period of time.")
	}
	e.pace.last = append(e.pace.last, now)
	return nil
}

// pairAllows counts a message to a user.
func (e *Emulator) pairAllows(to string, now time.Time) bool {
	p := e.pace.pairs[to]
	if p == nil {
		p = &pair{}
		if e.pace.pairs == nil {
			e.pace.pairs = make(map[string]*pair)
		}
		e.pace.pairs[to] = p
	}
	switch {
	case now.Sub(p.began) < e.cfg.pairPause:
		if p.sent >= e.cfg.pairBurst {
			return false
		}
	case now.Before(p.paid):
		return false
	default:
		p.began, p.sent = now, 0
	}
	p.sent++
	p.paid = p.began.Add(time.Duration(p.sent) * e.cfg.pairPause)
	return true
}
