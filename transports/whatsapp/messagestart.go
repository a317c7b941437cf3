package whatsapp

import (
	"runtime"
	"sync"
)

// starts lets turns begin one after the other, each behind what the processor already has to do. Else, when a thousand messages come at
// once, a thousand turns are in the scheduler's queue, and the next webhook waits behind them all. Turns that have begun
// are not limited, for most wait for a model; and a processor that has nothing to do lets them begin without any delay.
type starts struct{ gate sync.Mutex }

// wait returns when the next turn may begin.
func (s *starts) wait() {
	s.gate.Lock()
	runtime.Gosched()
	s.gate.Unlock()
}
