package rtc

import (
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"
)

// wakes are the times after Connect at which the ICE agent is woken. On a machine's own network the check was
// answered long before the first of them; over the internet it takes 20 to 300 ms. Later than that the agent's
// own tick of 200 ms is near enough.
var wakes = [...]time.Duration{
	3 * time.Millisecond, 6 * time.Millisecond, 10 * time.Millisecond, 15 * time.Millisecond, 25 * time.Millisecond,
	40 * time.Millisecond, 60 * time.Millisecond, 90 * time.Millisecond, 130 * time.Millisecond, 180 * time.Millisecond,
	240 * time.Millisecond, 310 * time.Millisecond,
}

// Connect begins the checks. Call it once, as soon as the relay has the answer; it returns at once.
func (p *Peer) Connect() {
	for _, c := range p.remote.candidates {
		p.add(c.line)
	}
	if p.awaitsHello {
		p.spawn(p.takeOver) // ends when DTLS is up, when the connection was closed, or when there is a second one
	}
	// Ends when a pair was nominated, when the connection was closed, or after the last wake.
	p.spawn(func() {
		begin := time.Now()
		timer := time.NewTimer(wakes[0])
		defer timer.Stop()
		for i := range wakes {
			timer.Reset(wakes[i] - time.Since(begin))
			select {
			case <-timer.C:
				p.wake(i)
			case <-p.connected:
				return
			case <-p.closed:
				return
			}
		}
	})
}

// wake makes the ICE agent act at once and not at its next tick: it sees which checks were answered and nominates
// the best pair, or repeats them. It does so whenever a candidate is added, so it gets one that leads nowhere:
// an address for documentation (RFC 5737) to be reached by TCP, which is switched off. Nothing is ever sent to it.
func (p *Peer) wake(i int) {
	p.add(fmt.Sprintf("candidate:9 1 tcp 1 192.0.2.1 %d typ host tcptype passive", 10000+i))
}

func (p *Peer) add(line string) {
	mid := p.remote.mid
	// A candidate that cannot be used is left out; without any, the connection does not come about, which the
	// owner notices.
	_ = p.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: line, SDPMid: &mid})
}
