package pipeline

import "reflect"

// reach is the set of frame types that a stage or one behind it handles. What is not in it can end early, so
// that audio does not queue up in front of a model that never wanted it.
type reach struct {
	types map[reflect.Type]bool
	all   bool
}

func (r *reach) wants(t reflect.Type) bool { return r.all || r.types[t] }

// reaches computes the reach of each stage, from the last to the first.
func reaches(stages []*Wiring) []*reach {
	out := make([]*reach, len(stages))
	after := &reach{}
	for i := len(stages) - 1; i >= 0; i-- {
		r := &reach{types: make(map[reflect.Type]bool, len(after.types)+len(stages[i].handlers)), all: after.all || stages[i].any != nil}
		for t := range after.types {
			r.types[t] = true
		}
		for t := range stages[i].handlers {
			r.types[t] = true
		}
		r.types[reflect.TypeFor[End]()] = true
		out[i], after = r, r
	}
	return out
}
