package pipeline

import (
	"sync"
	"sync/atomic"
)

// signalCapacity bounds the signals that wait for one stage. A session makes a few dozen signals a minute, so a
// stage with this many is stuck.
const signalCapacity = 1024

// mailbox holds the signals for one stage. Whoever puts one in never waits.
type mailbox struct {
	mu     sync.Mutex
	fifo   []Frame
	closed bool
	length atomic.Int32  // of fifo
	wake   chan struct{} // has one element when the mailbox may hold something
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// put adds a signal. It fails with ErrOverflow if the stage is stuck, and with ErrEnded if it has ended.
func (m *mailbox) put(f Frame) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrEnded
	case len(m.fifo) >= signalCapacity:
		return ErrOverflow
	}
	m.fifo = append(m.fifo, f)
	m.length.Add(1)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return nil
}

// close takes no more signals, if none is waiting, and reports whether it did.
func (m *mailbox) close() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = len(m.fifo) == 0
	return m.closed
}

// take removes the oldest signal.
func (m *mailbox) take() (Frame, bool) {
	if m.length.Load() == 0 { // nearly always: it is asked before every frame
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.fifo) == 0 {
		return nil, false
	}
	f := m.fifo[0]
	m.fifo[0] = nil
	m.fifo = m.fifo[1:]
	m.length.Add(-1)
	if len(m.fifo) == 0 {
		m.fifo = nil // the idle mailbox of an idle call costs nothing
	}
	return f, true
}
