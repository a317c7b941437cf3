package pipeline

import "reflect"

// HandleOption describes a stage made by Handle.
type HandleOption func(*Wiring)

// Making declares that the function of Handle also pushes frames of type F.
func Making[F Frame]() HandleOption { return func(w *Wiring) { Makes[F](w) } }

// Named sets the name of a stage made by Handle.
func Named(name string) HandleOption { return func(w *Wiring) { w.Name(name) } }

// Handle makes a stage of one function. The function pushes the frame again if it should go on; a signal need not be,
// for every stage has got it.
func Handle[F Frame](h Handler[F], opts ...HandleOption) Stage {
	return StageFunc(func(w *Wiring) {
		w.Name("handle(" + reflect.TypeFor[F]().Name() + ")")
		On(w, h)
		for _, o := range opts {
			o(w)
		}
	})
}
