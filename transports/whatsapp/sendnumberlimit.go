package whatsapp

import "time"

const (
	// maxNumberPause is the longest time for which a number sends nothing because Meta refused a message for too many: then one
	// is tried. Meta counts by the second, or the hour, and nobody is to wait for an hour because of one header.
	maxNumberPause = time.Minute
	// longPause is how long Meta has taken nothing when health tells it.
	longPause = 10 * time.Second
)

// numberLimit keeps to what Meta says of a whole number: that it takes no messages of it for now. Its owner guards it.
type numberLimit struct {
	pause    time.Time     // nothing is sent before
	since    time.Time     // the first of the refusals
	refusals int           // in succession
	probe    chan struct{} // while one message shows whether Meta takes any again; nil if none does
}

// limited reports whether Meta took nothing when it was asked last.
func (n *numberLimit) limited() bool { return n.refusals > 0 }

// wait is how long nothing is sent.
func (n *numberLimit) wait(now time.Time) time.Duration { return max(0, n.pause.Sub(now)) }

// refuse notes a refusal, with how long Meta wants to be left alone: 0 if it does not say. It reports whether it is the first.
func (n *numberLimit) refuse(now time.Time, after time.Duration) (first bool) {
	if after <= 0 {
		after = time.Second << min(n.refusals, 6)
	}
	if first = n.refusals == 0; first {
		n.since = now
	}
	if !now.Before(n.pause) { // else it was on its way together with one that was refused
		n.refusals++
	}
	n.pause = later(n.pause, now.Add(min(after, maxNumberPause)))
	return first
}

// lift notes that Meta takes messages: one that was sent at a time.
func (n *numberLimit) lift(sent time.Time) {
	if !sent.Before(n.pause) { // else it was on its way when another was refused
		n.refusals = 0
	}
}

// tell says until when nothing is sent, if that is worth telling.
func (n *numberLimit) tell(now time.Time, waiting int) (until time.Time, is bool) {
	is = n.limited() && n.pause.Sub(n.since) > longPause && (now.Before(n.pause) || waiting > 0)
	return n.pause, is
}
