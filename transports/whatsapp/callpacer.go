package whatsapp

import "time"

const (
	packetTime = 20 * time.Millisecond
	// maxLate is how far the clock may fall behind and still send all that was due, at once. After a longer
	// standstill the user would hear everything late for the rest of the call, so it goes on from now.
	maxLate = 200 * time.Millisecond
)

// pace calls tick at once and then every 20 ms, until quit is closed. Deadlines follow from the first one and not
// from each other, so that small delays do not add up. It notes how late each packet is.
func pace(quit <-chan struct{}, tick func(now time.Time), note func(now time.Time, late time.Duration)) {
	due := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-quit:
			return
		case <-timer.C:
		}
		now := time.Now()
		for ; !due.After(now); due = due.Add(packetTime) {
			note(now, now.Sub(due))
			if now.Sub(due) > maxLate {
				due = now
			}
			tick(now)
		}
		timer.Reset(time.Until(due))
	}
}
