package whatsapp

import "time"

// Meta's limit of messages from one number to one user: one in 6 s on average. Up to 45 may be sent within 6 s, but such
// a burst is borrowed: the next may only be sent when as many times 6 s have passed since its beginning.
const (
	defaultPairPause = 6 * time.Second
	pairBurst        = 45
	// maxPairRetry is how long Meta may want to be left alone after it refused a message to a user: what a whole burst costs.
	maxPairRetry = pairBurst * defaultPairPause
)

// pairLimit keeps to that limit. Its owner guards it.
type pairLimit struct {
	pause    time.Duration // for one message; 0 sets no limit
	began    time.Time     // of the burst: before its first message was sent
	taken    time.Time     // when Meta had taken that
	sent     int           // in it
	until    time.Time     // behind the burst, nothing may be sent before
	retry    time.Time     // after a refusal: when Meta wants to be asked again
	refusals int           // by Meta, in succession
}

// wait is how long the next message has to wait.
func (p *pairLimit) wait(now time.Time) time.Duration {
	if p.refusals > 0 {
		return max(0, p.retry.Sub(now)) // Meta's account is not ours, so it decides alone
	}
	if p.sent < pairBurst && now.Before(p.burstEnd()) {
		return 0
	}
	return max(0, p.until.Sub(now))
}

// burstEnd is until when more messages may be sent on credit. A message takes a while to Meta, so it is before Meta's
// own.
func (p *pairLimit) burstEnd() time.Time { return p.began.Add(p.pause * 5 / 6) }

// note counts a message that was on its way from sent to taken. Meta counts from somewhere in between.
func (p *pairLimit) note(sent, taken time.Time) {
	p.refusals = 0
	if p.pause <= 0 {
		return
	}
	if !sent.Before(p.burstEnd()) {
		p.began, p.taken, p.sent = sent, taken, 0
	}
	p.sent++
	p.until = later(p.until, p.taken.Add(time.Duration(p.sent)*p.pause))
	if !taken.Before(p.began.Add(p.pause)) {
		p.until = later(p.until, taken.Add(p.pause)) // it was so slow that for Meta it may have begun the next burst
	}
}

// refuse notes that Meta refused a message, and returns how long to wait: as long as Meta asks for within reason, else 1, 4, 16, ... s,
// as its documentation wants. What was sent before stays counted, but the message that Meta takes next begins a burst.
func (p *pairLimit) refuse(now time.Time, after time.Duration) time.Duration {
	if after <= 0 {
		after = time.Second << (2 * min(p.refusals, 6))
	}
	after = min(after, maxPairRetry)
	p.refusals++
	p.began, p.sent = time.Time{}, 0
	p.retry = now.Add(after)
	return after
}

// over reports whether nothing of the limit has to be remembered.
func (p *pairLimit) over(now time.Time) bool { return p.wait(now) == 0 && !now.Before(p.until) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
