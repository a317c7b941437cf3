package trace

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// DefaultLimit is how many entries a Trace keeps.
const DefaultLimit = 20_000

// Trace is an observer that keeps what happened. The zero value is ready for use; it is safe for concurrent use.
//
// Live input passes fifty times a second and would bury all else: frames of the Media lane are kept only if they
// were dropped or their handling failed.
type Trace struct {
	// Limit is how many entries are kept; further ones are only counted. 0 is DefaultLimit.
	Limit int
	// Media keeps frames of the Media lane too.
	Media bool

	mu      sync.Mutex
	entries []entry
	lost    int
}

// entry is one thing that happened, with nothing left of the frame but its name.
type entry struct {
	stage, frame string
	lane         pipeline.Lane
	kind         pipeline.EventKind
	drop         pipeline.Drop
	generation   uint64
	queued       time.Time
	began, ended time.Time
	err          string
}

// Observe keeps the event.
func (t *Trace) Observe(e pipeline.Event) {
	lane := pipeline.LaneOf(e.Frame)
	if e.Kind == pipeline.FramePassed || (lane == pipeline.LaneMedia && !t.Media && e.Kind == pipeline.FrameHandled && e.Err == nil) {
		return
	}
	n := entry{stage: e.Stage, frame: name(e.Frame), lane: lane, kind: e.Kind, drop: e.Drop, generation: e.Generation,
		queued: e.Queued, began: e.Began, ended: e.Ended}
	if n.began.IsZero() {
		n.began = time.Now()
		n.ended = n.began
	}
	if e.Err != nil {
		n.err = e.Err.Error()
	}
	limit := t.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.entries) >= limit {
		t.lost++
		return
	}
	t.entries = append(t.entries, n)
}

// snapshot returns the entries, the stages in the order in which they first appear, and how many entries were lost.
func (t *Trace) snapshot() (entries []entry, stages []string, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := make(map[string]bool)
	for _, e := range t.entries {
		if !seen[e.stage] {
			seen[e.stage] = true
			stages = append(stages, e.stage)
		}
	}
	return append([]entry(nil), t.entries...), stages, t.lost
}

// name is the type's name without its package.
func name(f pipeline.Frame) string {
	s := fmt.Sprintf("%T", f)
	return s[strings.LastIndexByte(s, '.')+1:]
}

// outcome says in a word what was unusual.
func (e *entry) outcome() string {
	switch {
	case e.err != "":
		return "error: " + e.err
	case e.drop == pipeline.QueueFull:
		return "dropped: the queue is full"
	case e.drop == pipeline.DeadFrame:
		return "dropped: interrupted"
	}
	return ""
}
