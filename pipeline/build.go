package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// node is one stage in the graph of a pipeline.
type node struct {
	index    int
	wiring   *Wiring
	edges    []edge // to the stages behind it
	incoming int    // how many edges lead here: so many Ends come
	reach    typeSet
	lanes    uint8   // which lanes frames on their way into the stage can have, a bit for each
	made     typeSet // what the stages before it make; until lanes is known
	policy   Policy
	turns    []*choiceOf // its places in the Switches around it, the innermost first
	gates    []*choiceOf // those of them in which it is a first stage
}

// edge leads from one stage, or from the head, to the next.
type edge struct {
	to   *node
	only *typeSet    // the types that may take it; nil for all
	when []condition // of the Switches around it
}

var endType = reflect.TypeFor[End]()

// wants tells whether a frame takes the edge: it must be allowed to, and somebody must handle it further on. The End
// takes every edge.
func (e *edge) wants(f Frame, t reflect.Type, turned *positions) bool {
	if t == endType {
		return true
	}
	if (e.only != nil && !e.only.has(t)) || !e.to.reach.has(t) {
		return false
	}
	for _, c := range e.when {
		if !c.holds(f, turned) {
			return false
		}
	}
	return true
}

// composite is a stage made of stages: it is taken apart when the graph is built.
type composite interface {
	build(b *builder, in port) (out port, label string)
}

// port is a place in the graph between stages: where frames come from there, and which types were made so far.
type port struct {
	taps []tap
	made typeSet
}

// tap is one origin of frames. A nil from is the head of the pipeline.
type tap struct {
	from *node
	only *typeSet
	when []condition
}

// builder builds the graph, stage by stage, and checks the wiring on the way.
type builder struct {
	nodes    []*node
	head     []edge
	problems []error
	names    map[string]int
}

func (b *builder) list(stages []Stage, at port) (port, string) {
	var labels []string
	for _, s := range stages {
		var label string
		at, label = b.stage(s, at)
		labels = append(labels, label)
	}
	return at, strings.Join(labels, " -> ")
}

func (b *builder) stage(s Stage, in port) (port, string) {
	if s == nil {
		b.problems = append(b.problems, fmt.Errorf("%w: a stage is nil", ErrWiring))
		return in, "nil"
	}
	if c, ok := s.(composite); ok {
		return c.build(b, in)
	}
	w := wire(s)
	if b.names[w.name]++; b.names[w.name] > 1 {
		w.name = fmt.Sprintf("%s#%d", w.name, b.names[w.name]) // so that errors name one stage
	}
	n := &node{index: len(b.nodes), wiring: w, made: in.made}
	b.nodes = append(b.nodes, n)
	b.check(w, in.made)
	for _, t := range in.taps {
		e := edge{to: n, only: t.only, when: t.when}
		if t.from == nil {
			b.head = append(b.head, e)
		} else {
			t.from.edges = append(t.from.edges, e)
		}
		n.incoming++
	}
	made := typeSet{}
	made.add(w)
	return port{taps: []tap{{from: n}}, made: in.made.union(made)}, w.name
}

// entries are the nodes from first on that get frames from before first: the first stages of what was built there.
func (b *builder) entries(first int) (out []*node) {
	for _, n := range b.nodes[first:] {
		inner := 0
		for _, m := range b.nodes[first:] {
			for _, e := range m.edges {
				if e.to == n {
					inner++
				}
			}
		}
		if inner < n.incoming {
			out = append(out, n)
		}
	}
	return out
}

// check compares what a stage handles with what those before it make.
func (b *builder) check(w *Wiring, made typeSet) {
	for _, p := range w.problems {
		b.problems = append(b.problems, fmt.Errorf("%w: %s %s", ErrWiring, w.name, p))
	}
	for _, t := range w.order {
		if !w.handlers[t].optional && !made.has(t) && mustBeMade(t) {
			b.problems = append(b.problems, fmt.Errorf("%w: %s handles %v, but no stage before it makes one%s",
				ErrWiring, w.name, t, hint(t)))
		}
	}
}

// finish computes, from the last stage to the first, which types each stage or one behind it handles. What nobody
// handles ends early, so that audio does not queue up in front of a model that never wanted it.
func (b *builder) finish() error {
	if len(b.nodes) == 0 {
		b.problems = append(b.problems, fmt.Errorf("%w: a pipeline needs at least one stage", ErrWiring))
	}
	for i := len(b.nodes) - 1; i >= 0; i-- {
		n := b.nodes[i]
		n.reach = typeSet{all: n.wiring.any != nil, types: map[reflect.Type]bool{endType: true}}
		for t := range n.wiring.handlers {
			n.reach.types[t] = true
		}
		for _, e := range n.edges {
			further := e.to.reach
			if e.only != nil {
				further = *e.only.restrict(&further)
			}
			n.reach = n.reach.union(further)
		}
		n.lanes, n.made = n.incomingLanes(), typeSet{}
	}
	return errors.Join(b.problems...)
}

// mustBeMade tells whether frames of a type come from a stage. Signals may come from any stage, also a later
// one, or never; End comes from outside.
func mustBeMade(t reflect.Type) bool {
	f, ok := reflect.Zero(t).Interface().(Frame)
	return ok && f.lane() != LaneSignal && t != endType
}

func hint(t reflect.Type) string {
	if h, ok := reflect.Zero(t).Interface().(Hinter); ok {
		return "; " + h.Hint()
	}
	return ""
}

// typeSet is a set of frame types. A set that was built is never changed.
type typeSet struct {
	types map[reflect.Type]bool
	all   bool
}

func (s *typeSet) has(t reflect.Type) bool { return s.all || s.types[t] }

// add joins what a stage makes to a set that is being built.
func (s *typeSet) add(w *Wiring) {
	if s.types == nil {
		s.types = make(map[reflect.Type]bool)
	}
	maps.Copy(s.types, w.makes)
	s.all = s.all || w.makesAny
}

func (s typeSet) union(o typeSet) typeSet {
	switch {
	case len(o.types) == 0 && !o.all:
		return s
	case len(s.types) == 0 && !s.all:
		return o
	}
	u := typeSet{types: maps.Clone(s.types), all: s.all || o.all}
	maps.Copy(u.types, o.types)
	return u
}

// restrict returns what is in both sets; nil is the set of all types.
func (s *typeSet) restrict(o *typeSet) *typeSet {
	switch {
	case o == nil || o.all:
		return s
	case s.all:
		return o
	}
	both := &typeSet{types: make(map[reflect.Type]bool)}
	for t := range s.types {
		if o.types[t] {
			both.types[t] = true
		}
	}
	return both
}

// incomingLanes tells which lanes frames on their way into the stage can have: those of the types that were made
// before it and are handled by it or further on. Anything Durable can be pushed from outside.
func (n *node) incomingLanes() (bits uint8) {
	incoming := *n.made.restrict(&n.reach)
	if incoming.all {
		return 0xff
	}
	bits = 1 << LaneDurable
	for t := range incoming.types {
		if f, ok := reflect.Zero(t).Interface().(Frame); ok {
			bits |= 1 << f.lane()
		}
	}
	return bits
}
