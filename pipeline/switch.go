package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Setting is implemented by frames that change how stages work, such as a voice or a language. Within a Switch all
// choices get them, so that a choice is set right when its time comes.
type Setting interface{ Setting() }

// Switch is a stage made of several of which one is active: alternatives such as two vendors of one service. It
// is safe for concurrent use.
//
// Frames go to the active choice; what another one has still in hand comes out as it is ready, so around a turn of the
// Switch frames may overtake each other. None is lost, but a Setting that is within the choices at that moment may come
// out of the Switch twice or not at all; all choices have it. When a handler of
// the active choice fails, the next choice that has not failed becomes active, a Failure is told, and if the fault
// was in the choice's first stage that frame is handled anew by the next choice. When all have failed, the
// fault is that of the next Switch around, or ends the session.
type Switch struct {
	choices []Stage
	names   []string
	heads   [][]*node
	active  atomic.Int32
	failed  []atomic.Bool

	endMu    sync.Mutex
	waiting  int    // first stages at which the End waits
	released []bool // choices that may handle it
	ended    []int  // first stages of each choice that have handled it
}

// NewSwitch makes a Switch; the first choice is active.
func NewSwitch(first Stage, others ...Stage) *Switch {
	all := append([]Stage{first}, others...)
	return &Switch{choices: all, failed: make([]atomic.Bool, len(all)), released: make([]bool, len(all)), ended: make([]int, len(all))}
}

// Active returns the number of the active choice, from 0.
func (s *Switch) Active() int { return int(s.active.Load()) }

// To makes a choice active, also one that has failed before.
func (s *Switch) To(choice int) error {
	if choice < 0 || choice >= len(s.choices) {
		return fmt.Errorf("pipeline: Switch.To(%d): there are choices 0 to %d", choice, len(s.choices)-1)
	}
	s.failed[choice].Store(false)
	s.active.Store(int32(choice))
	return nil
}

// Wire is never called: New takes the Switch apart.
func (s *Switch) Wire(*Wiring) {}

func (s *Switch) build(b *builder, in port) (out port, label string) {
	for i, choice := range s.choices {
		first := len(b.nodes)
		entry := port{made: in.made}
		for _, t := range in.taps {
			t.when = append(slices.Clone(t.when), condition{s: s, choice: i, settings: true})
			entry.taps = append(entry.taps, t)
		}
		if !beginsPlainly(choice) {
			entry, _ = b.stage(StageFunc(func(w *Wiring) { w.Name("entry") }), entry)
		}
		o, name := b.stage(choice, entry)
		s.names = append(s.names, name)
		s.heads = append(s.heads, b.entries(first))
		place := &choiceOf{s: s, choice: i}
		for _, n := range s.heads[i] {
			n.gates = append(n.gates, place)
		}
		for _, n := range b.nodes[first:] {
			n.turns = append(n.turns, place)
			if n.policy == 0 {
				n.policy = SwitchOver
			}
		}
		for _, t := range o.taps {
			t.when = append(slices.Clone(t.when), condition{s: s, choice: i}) // a setting comes out once
			out.taps = append(out.taps, t)
		}
		out.made = out.made.union(o.made)
	}
	return out, "switch(" + strings.Join(s.names, " | ") + ")"
}

// beginsPlainly reports whether all that enters a choice enters at the same stages. If not, as with a Parallel that has
// an empty branch, or an empty choice, a stage of its own is put in front, where the Switch can hold the End.
func beginsPlainly(s Stage) bool {
	switch s := s.(type) {
	case *chain:
		return len(s.stages) > 0 && beginsPlainly(s.stages[0])
	case *withPolicy:
		return beginsPlainly(s.stage)
	case *parallel, *tee:
		return false
	}
	return true
}

// choiceOf is the place of a stage in a Switch.
type choiceOf struct {
	s      *Switch
	choice int
}

var errNoChoiceLeft = errors.New("all choices of the switch have failed")

// next turns the Switch to the next choice that has not failed, unless somebody else has turned it meanwhile. It
// returns false if there is none.
func (c *choiceOf) next() (from, to string, ok bool) {
	s := c.s
	s.failed[c.choice].Store(true)
	for range s.choices {
		now := s.Active()
		if !s.failed[now].Load() {
			return s.names[c.choice], s.names[now], true
		}
		for step := 1; step < len(s.choices); step++ {
			if n := (now + step) % len(s.choices); !s.failed[n].Load() {
				s.active.CompareAndSwap(int32(now), int32(n))
				break
			}
		}
	}
	return s.names[c.choice], "", false
}

// The End goes through one choice after the other, the active one first: what a choice fails on is handed to the
// next, and must get there before the End.

// holdEnd keeps the End at a first stage until its choice's time comes. It returns the choice whose time has come,
// or -1.
func (c *choiceOf) holdEnd() int {
	s := c.s
	s.endMu.Lock()
	defer s.endMu.Unlock()
	s.waiting++
	all := 0
	for _, h := range s.heads {
		all += len(h)
	}
	if s.waiting < all {
		return -1
	}
	return s.release()
}

// endHandled notes that a first stage has handled the End. It returns the choice whose time has come, or -1.
func (c *choiceOf) endHandled() int {
	s := c.s
	s.endMu.Lock()
	defer s.endMu.Unlock()
	if s.ended[c.choice]++; s.ended[c.choice] < len(s.heads[c.choice]) {
		return -1
	}
	return s.release()
}

func (s *Switch) release() int {
	now := s.Active()
	for step := range s.choices {
		if n := (now + step) % len(s.choices); !s.released[n] {
			s.released[n] = true
			return n
		}
	}
	return -1
}

// condition is what a Switch says about an edge: at the entry to a choice, that it is active or the frame a setting; at
// its exit, that it is active or the frame no setting.
type condition struct {
	s        *Switch
	choice   int
	settings bool // they pass in any case; otherwise all else does
}

func (c condition) holds(f Frame, turned *positions) bool {
	_, setting := f.(Setting)
	return setting == c.settings || turned.of(c.s) == c.choice
}

// positions are those of the Switches, looked up once for each frame: one that turns meanwhile must neither get the frame
// twice nor lose it.
type positions struct {
	few  [2]position // nearly always enough, and on the stack
	more []position
}

type position struct {
	s      *Switch
	active int
}

func (p *positions) of(s *Switch) int {
	for i := range p.few {
		known := &p.few[i]
		if known.s == nil {
			*known = position{s, s.Active()}
		}
		if known.s == s {
			return known.active
		}
	}
	for _, known := range p.more {
		if known.s == s {
			return known.active
		}
	}
	p.more = append(p.more, position{s, s.Active()})
	return p.more[len(p.more)-1].active
}
