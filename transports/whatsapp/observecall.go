package whatsapp

import (
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
)

// changed tells the observers of a new state. The actor calls it.
func (c *Call) changed(s State) {
	if !c.bot.observed() {
		return
	}
	e := CallChanged{Call: c, State: s, At: time.Now()}
	if s == Offered {
		e.At = c.began
	}
	e.Since = e.At.Sub(c.began)
	if s >= Ending {
		e.Reason = c.reason
	}
	if s == Ended && c.media != nil && c.media.receiver != nil {
		audio := c.media.receiver.Stats()
		e.Audio = &audio
	}
	c.bot.observe(e)
}

// milestones are those that a call has passed. The zero value has none.
type milestones struct {
	mu   sync.Mutex
	done [FirstAudio + 1]bool
}

// reached tells the observers of a milestone, the first time, and before it of those without which it cannot be
// passed: nobody promises the order in which the connection's events come.
func (c *Call) reached(m Milestone, at time.Time) {
	if !c.bot.observed() {
		return
	}
	c.passed.mu.Lock()
	defer c.passed.mu.Unlock() // this lock is the call's own, and keeps the events in order
	for i := ICEConnected; i <= m; i++ {
		if !c.passed.done[i] {
			c.passed.done[i] = true
			c.bot.observe(CallReached{Call: c, Milestone: i, At: at, Since: at.Sub(c.began)})
		}
	}
}

// turnWatch sees the turns of a call go by, in the first stage of its pipeline. The zero value sees nothing.
type turnWatch struct {
	call *Call
	turn CallTurn
}

func (t *turnWatch) metrics(m frame.Metrics) {
	if t.call == nil {
		return
	}
	points := &t.turn.Points
	switch m.Point {
	case frame.PointSpeechEnd:
		clear(points[:]) // speech that gets no answer leaves nothing behind
	case frame.PointUserTurn:
		clear(points[frame.PointFirstToken:]) // what an answer to an earlier turn has left is not this turn's
	case frame.PointFirstPacket:
		t.call.reached(FirstAudio, m.At)
	}
	if int(m.Point) >= len(points) {
		return
	}
	points[m.Point] = m.At
	if m.Point != frame.PointFirstPacket {
		return
	}
	if !points[frame.PointSpeechEnd].IsZero() && !points[frame.PointUserTurn].IsZero() { // else a greeting
		t.turn.Turn++
		t.turn.Call = t.call
		t.call.bot.observe(t.turn)
	}
	clear(points[:])
}
