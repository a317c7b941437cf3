package pipeline

import (
	"context"
	"reflect"
)

// Filter passes frames of type F that keep accepts, and drops the others. All else passes by. Signals cannot be
// filtered: they reach all stages at once.
func Filter[F Frame](keep func(F) bool) Stage {
	return Handle(func(_ context.Context, f F, out *Emitter) error {
		if f.lane() == LaneSignal || !keep(f) { // all stages have got a signal already
			return nil
		}
		return out.Push(f)
	}, Named("filter("+reflect.TypeFor[F]().Name()+")"))
}

// Map turns frames of type A into frames of type B.
func Map[A, B Frame](convert func(context.Context, A) (B, error)) Stage {
	return Handle(func(ctx context.Context, f A, out *Emitter) error {
		b, err := convert(ctx, f)
		if err != nil {
			return err
		}
		return out.Push(b)
	}, Named("map("+reflect.TypeFor[A]().Name()+")"), Making[B]())
}
