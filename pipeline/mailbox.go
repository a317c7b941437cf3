package pipeline

import "sync"

// signalCapacity bounds the signals that wait for one stage. A session makes a few dozen signals a minute, so a
// stage with this many is stuck.
const signalCapacity = 1024

// mailbox holds the signals for one stage. Whoever puts one in never waits.
type mailbox struct {
	mu   sync.Mutex
	fifo []Frame
	wake chan struct{} // has one element when the mailbox may hold something
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// put adds a signal; false means that the stage is stuck.
func (m *mailbox) put(f Frame) bool {
	m.mu.Lock()
	full := len(m.fifo) >= signalCapacity
	if !full {
		m.fifo = append(m.fifo, f)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return !full
}

// take removes the oldest signal.
func (m *mailbox) take() (Frame, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.fifo) == 0 {
		return nil, false
	}
	f := m.fifo[0]
	m.fifo[0] = nil
	m.fifo = m.fifo[1:]
	if len(m.fifo) == 0 {
		m.fifo = nil // the idle mailbox of an idle call costs nothing
	}
	return f, true
}
