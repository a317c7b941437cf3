package pipeline

import (
	"slices"
	"time"
)

// EventKind is what happened to a frame.
type EventKind uint8

// The kinds of events.
const (
	FrameHandled EventKind = iota + 1 // a handler worked on it
	FramePassed                       // it passed a stage that does not handle it
	FrameDropped                      // it ended at a stage: see Event.Drop
)

// String returns the kind's name.
func (k EventKind) String() string {
	switch k {
	case FrameHandled:
		return "handled"
	case FramePassed:
		return "passed"
	case FrameDropped:
		return "dropped"
	}
	return "unknown"
}

// Drop is why a frame was dropped.
type Drop uint8

// The reasons.
const (
	NotDropped Drop = iota
	QueueFull       // live input for a stage that stands still
	DeadFrame       // part of a response that was interrupted
)

// Event is something that happened to one frame at one stage.
type Event struct {
	Kind       EventKind
	Stage      string
	Frame      Frame
	Generation uint64 // 0 for frames that belong to none
	Drop       Drop
	Queued     time.Time // when the frame was put into the stage's queue; zero for signals
	Began      time.Time // when the stage took it up
	Ended      time.Time // when the stage was done with it
	Depth      int       // frames that wait for the stage
	Err        error     // what the handler returned
}

// Observer sees what happens in a session. Observe is called by the stages' goroutines, concurrently, and must be
// quick: it holds up the stage. A panic of it ends the session, as one of a handler does.
type Observer interface{ Observe(Event) }

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(Event)

// Observe calls f.
func (f ObserverFunc) Observe(e Event) { f(e) }

// WithObserver adds an observer from the session's start on.
func WithObserver(o Observer) Option {
	return func(opts *options) { opts.observers = append(slices.Clone(opts.observers), o) }
}

// Attach adds an observer to a running session and returns the function that takes it away again. Without any
// observer, observing costs nothing.
func (s *Session) Attach(o Observer) (detach func()) {
	attached := &o // its address tells apart two observers that are equal
	s.observerMu.Lock()
	defer s.observerMu.Unlock()
	s.setObservers(append(slices.Clone(s.observerList()), attached))
	return func() {
		s.observerMu.Lock()
		defer s.observerMu.Unlock()
		s.setObservers(slices.DeleteFunc(slices.Clone(s.observerList()), func(p *Observer) bool { return p == attached }))
	}
}

func (s *Session) observerList() []*Observer {
	if l := s.observers.Load(); l != nil {
		return *l
	}
	return nil
}

func (s *Session) setObservers(l []*Observer) {
	if len(l) == 0 {
		s.observers.Store(nil)
		return
	}
	s.observers.Store(&l)
}

// observed reports whether anybody looks on.
func (s *Session) observed() bool { return s.observers.Load() != nil }

func (s *Session) observe(e Event) {
	if err := protect(func() error {
		for _, o := range s.observerList() {
			(*o).Observe(e)
		}
		return nil
	}); err != nil {
		s.finish(&StageError{Stage: e.Stage, Phase: "observe", Err: err})
	}
}

// event describes a parcel at a stage, and when it was queued there: Unix nanoseconds, or 0 if that is not known.
func (r *runner) event(kind EventKind, p parcel, queued int64) Event {
	e := Event{Kind: kind, Stage: r.wiring.name, Frame: p.frame, Depth: len(r.in.ch)}
	if p.gen != nil {
		e.Generation = p.gen.id
	}
	if queued != 0 {
		e.Queued = time.Unix(0, queued)
	}
	return e
}
