package pipeline

import (
	"fmt"
	"strings"
)

// Stage is one step of a pipeline. The engine calls Wire once, when the pipeline is built; there the stage
// registers its handlers and hooks. All handlers of one stage are called from one goroutine, one at a time.
//
// A stage belongs to one pipeline: build new stages for every session.
type Stage interface{ Wire(w *Wiring) }

// StageFunc makes a Stage of its Wire function.
type StageFunc func(w *Wiring)

// Wire calls f.
func (f StageFunc) Wire(w *Wiring) { f(w) }

// stageName is the name of a stage that does not give itself one: the name of its type.
func stageName(s Stage) string {
	name := fmt.Sprintf("%T", s)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ToLower(name)
}
