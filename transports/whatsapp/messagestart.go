package whatsapp

import (
	"runtime"
	"time"
)

// startPause is what each processor has for itself between two turns that begin when many want to.
const startPause = 400 * time.Microsecond

// starts lets turns begin one after the other, each behind what the processor already has to do. Else, when a thousand messages come at
// once, a thousand turns are in the scheduler's queue, and the next webhook waits behind them all. Turns that have begun
// are not limited, for most wait for a model; and a processor that has nothing to do lets them begin without any delay.
type starts chan struct{}

func newStarts() starts { return make(starts, 1) }

// wait returns when the next turn may begin.
func (s starts) wait() {
	select {
	case s <- struct{}{}:
		runtime.Gosched()
	default:
		s <- struct{}{}
		// Go looks for what has come from the network only when it has nothing else to do. With turns that wait to begin it
		// always has, but for this moment.
		time.Sleep(startPause / time.Duration(runtime.GOMAXPROCS(0)))
	}
	<-s
}
