package pipeline

import (
	"errors"
	"fmt"
	"reflect"
)

// check compares what the stages handle with what those before them make.
func check(stages []*Wiring) error {
	if len(stages) == 0 {
		return fmt.Errorf("%w: a pipeline needs at least one stage", ErrWiring)
	}
	var problems []error
	made := make(map[reflect.Type]bool)
	madeAny := false
	for _, w := range stages {
		for _, p := range w.problems {
			problems = append(problems, fmt.Errorf("%w: %s %s", ErrWiring, w.name, p))
		}
		for _, t := range w.order {
			if w.handlers[t].optional || madeAny || made[t] || !mustBeMade(t) {
				continue
			}
			problems = append(problems, fmt.Errorf("%w: %s handles %v, but no stage before it makes one%s",
				ErrWiring, w.name, t, hint(t)))
		}
		for t := range w.makes {
			made[t] = true
		}
		madeAny = madeAny || w.makesAny
	}
	return errors.Join(problems...)
}

// mustBeMade tells whether frames of a type come from a stage. Signals may come from any stage, also a later
// one, or never; End comes from outside.
func mustBeMade(t reflect.Type) bool {
	f, ok := reflect.Zero(t).Interface().(Frame)
	return ok && f.lane() != LaneSignal && t != reflect.TypeFor[End]()
}

func hint(t reflect.Type) string {
	if h, ok := reflect.Zero(t).Interface().(Hinter); ok {
		return "; " + h.Hint()
	}
	return ""
}
