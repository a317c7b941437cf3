package pipeline

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// Handler handles the frames of one type. ctx ends when the frame's generation dies, or with the session for
// frames that belong to none. What the stage makes of the frame is pushed to out; a frame that should go on must
// be pushed again. An error ends the session, unless the frame's generation is dead.
type Handler[F Frame] func(ctx context.Context, f F, out *Emitter) error

// Wiring is what a stage tells the engine about itself, within Wire.
type Wiring struct {
	name     string
	handlers map[reflect.Type]*handler
	order    []reflect.Type // the handled types, as registered
	makes    map[reflect.Type]bool
	makesAny bool
	any      *handler // the handler of all frames, from On[Frame]
	start    func(context.Context, *Emitter) error
	stop     func(context.Context) error
	flush    func(dead *Generation)
	drain    time.Duration
	problems []string
}

type handler struct {
	call     func(ctx context.Context, f Frame, out *Emitter) error
	optional bool
}

var frameType = reflect.TypeFor[Frame]()

// On registers the handler for frames of type F, without which the stage makes no sense: the wiring check
// wants a stage before it that makes F. With F = Frame the handler gets all frames that have no handler of
// their own.
func On[F Frame](w *Wiring, h Handler[F]) { on(w, h, false) }

// OnOptional registers a handler for frames that need not come.
func OnOptional[F Frame](w *Wiring, h Handler[F]) { on(w, h, true) }

func on[F Frame](w *Wiring, h Handler[F], optional bool) {
	t := reflect.TypeFor[F]()
	erased := &handler{optional: optional, call: func(ctx context.Context, f Frame, out *Emitter) error {
		return h(ctx, f.(F), out)
	}}
	switch {
	case t == frameType:
		w.any = erased
	case t.Kind() == reflect.Interface:
		w.problems = append(w.problems, fmt.Sprintf("handles the interface %v: register one handler for each frame type", t))
	default:
		if _, twice := w.handlers[t]; twice {
			w.problems = append(w.problems, fmt.Sprintf("has two handlers for %v", t))
		}
		w.handlers[t] = erased
		w.order = append(w.order, t)
	}
}

// Makes declares that the stage pushes frames of type F of its own making. Frames that it only passes on need
// not be declared. With F = Frame the stage may make anything.
func Makes[F Frame](w *Wiring) {
	if t := reflect.TypeFor[F](); t == frameType {
		w.makesAny = true
	} else {
		w.makes[t] = true
	}
}

// Name sets the stage's name, as it stands in String and in errors. Without it the name of its type is used.
func (w *Wiring) Name(name string) { w.name = name }

// OnStart registers a hook that runs before the first handler, in parallel with those of the other stages, and
// must return before the start deadline. ctx ends with the start. The emitter may be kept for goroutines that the
// stage owns; they live by Emitter.Context. If the hook fails, the session does not start.
func (w *Wiring) OnStart(f func(ctx context.Context, out *Emitter) error) { w.start = f }

// OnStop registers a hook that runs after the last handler, however the session ended, if the stage was
// started. A stage waits for its own goroutines here; ctx has the stop deadline.
func (w *Wiring) OnStop(f func(ctx context.Context) error) { w.stop = f }

// DrainTimeout says that the stage may take so long to finish what it has when an End comes. The session's deadline for
// that, of WithDrainTimeout, is then at least as long.
func (w *Wiring) DrainTimeout(d time.Duration) { w.drain = d }

// OnFlush registers a hook that runs when a generation was killed, concurrently with the stage's handlers: it
// must not take a lock that a handler holds while it waits. Correctness must not depend on it; it frees memory
// and external buffers. Interrupt waits for it for at most FlushGrace.
func (w *Wiring) OnFlush(f func(dead *Generation)) { w.flush = f }

// lookup returns the handler for a frame type, or nil if such frames pass by.
func (w *Wiring) lookup(t reflect.Type) *handler {
	if h, ok := w.handlers[t]; ok {
		return h
	}
	return w.any
}

func wire(s Stage) *Wiring {
	w := &Wiring{
		name:     stageName(s),
		handlers: make(map[reflect.Type]*handler),
		makes:    make(map[reflect.Type]bool),
	}
	s.Wire(w)
	return w
}
