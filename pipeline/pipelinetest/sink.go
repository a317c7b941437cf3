package pipelinetest

import (
	"context"
	"sync"

	"github.com/parley-voice/parley/pipeline"
)

// Sink is a stage that keeps all frames and signals that reach it, but End. It is safe for concurrent use.
type Sink struct {
	mu     sync.Mutex
	frames []pipeline.Frame
}

// NewSink returns an empty sink.
func NewSink() *Sink { return &Sink{} }

// Wire registers the sink.
func (s *Sink) Wire(w *pipeline.Wiring) {
	w.Name("sink")
	pipeline.On(w, func(_ context.Context, f pipeline.Frame, _ *pipeline.Emitter) error {
		if _, end := f.(pipeline.End); end {
			return nil
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.frames = append(s.frames, f)
		return nil
	})
}

// Frames returns what has come so far.
func (s *Sink) Frames() []pipeline.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]pipeline.Frame(nil), s.frames...)
}

// Of returns the frames of one type, in order.
func Of[F pipeline.Frame](frames []pipeline.Frame) []F {
	var out []F
	for _, f := range frames {
		if f, ok := f.(F); ok {
			out = append(out, f)
		}
	}
	return out
}
