package engine

import (
	"context"

	"github.com/parley-voice/parley/pipeline"
)

// source is the first stage of a row: frames are pushed to its emitter from outside. It is usable once the session
// has started.
type source[F pipeline.Frame] struct{ out *pipeline.Emitter }

func newSource[F pipeline.Frame]() *source[F] { return &source[F]{} }

// Wire registers the stage.
func (s *source[F]) Wire(w *pipeline.Wiring) {
	w.Name("source")
	pipeline.Makes[F](w)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		s.out = out
		return nil
	})
}

// pass is a stage that handles one kind of frame and passes it on.
func pass[F pipeline.Frame]() pipeline.Stage { return relay[F]("pass") }

// relay is a pass with a name, and with more that it says to make.
func relay[F pipeline.Frame](name string, more ...pipeline.HandleOption) pipeline.Stage {
	return pipeline.Handle(func(_ context.Context, f F, out *pipeline.Emitter) error { return out.Push(f) },
		append(more, pipeline.Named(name), pipeline.Making[F]())...)
}
