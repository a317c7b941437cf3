package pipeline_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/parley-voice/parley/pipeline"
)

func TestMain(m *testing.M) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "rapid.checks" })
	if !set {
		sessions := "10000"
		if testing.Short() {
			sessions = "500"
		}
		if err := flag.Set("rapid.checks", sessions); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	goleak.VerifyTestMain(m)
}

// plan is a random session: a tree of stages and a script.
type plan struct {
	tree  tree
	steps []step
}

type tree struct {
	kind     string // "pass", "slow", "retell", "talk", "panic", "fail", "chain", "parallel", "tee", "switch"
	takes    time.Duration
	children []tree
}

type step struct {
	kind string // "durable", "signal", "media", "response", "interrupt", "pause", "resume", "wait", "end", "abort"
	wait time.Duration
}

func drawTree(t *rapid.T, depth int) tree {
	kinds := []string{"pass", "slow", "retell", "talk", "retell", "pass", "panic", "fail"}
	if depth > 0 {
		kinds = append(kinds, "chain", "chain", "parallel", "tee", "switch", "gate")
	}
	n := tree{kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch n.kind {
	case "slow":
		n.takes = time.Duration(rapid.IntRange(1, 50).Draw(t, "takes ms")) * time.Millisecond
	case "panic", "fail": // on one frame in a while
		n.takes = time.Duration(rapid.IntRange(5, 60).Draw(t, "on frame"))
	case "chain", "parallel", "tee", "switch":
		for range rapid.IntRange(1, 3).Draw(t, "children") {
			n.children = append(n.children, drawTree(t, depth-1))
		}
	}
	return n
}

var drawStep = rapid.Custom(func(t *rapid.T) step {
	kind := rapid.SampledFrom([]string{"durable", "durable", "durable", "signal", "signal", "media", "response", "response",
		"response", "interrupt", "pause", "resume", "guess", "guess", "commit", "discard", "open", "close", "wait", "wait", "end", "abort"}).Draw(t, "step")
	s := step{kind: kind}
	if kind == "end" || kind == "abort" { // rare, or most sessions would be short
		if rapid.IntRange(0, 9).Draw(t, "really") != 0 {
			return step{kind: "durable"}
		}
	}
	if kind == "wait" {
		s.wait = time.Duration(rapid.IntRange(0, 200).Draw(t, "wait ms")) * time.Millisecond
	}
	return s
})

// switches reports whether there is a Switch in the tree.
func (n tree) switches() bool {
	return n.kind == "switch" || n.kind == "fail" || slices.ContainsFunc(n.children, tree.switches)
}

// stage builds the stages of a tree.
func (n tree) stage(gates *[]*pipeline.Gate[number]) pipeline.Stage {
	var children []pipeline.Stage
	for _, c := range n.children {
		children = append(children, c.stage(gates))
	}
	again := func(_ context.Context, f number, out *pipeline.Emitter) error { return out.Push(f) }
	switch n.kind {
	case "slow":
		return pipeline.Handle(func(ctx context.Context, f number, out *pipeline.Emitter) error {
			select { // as a good stage does: until it is interrupted
			case <-time.After(n.takes):
			case <-ctx.Done():
			}
			return out.Push(f)
		})
	case "retell":
		return pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, again)
			pipeline.On(w, func(_ context.Context, f tagged, out *pipeline.Emitter) error { return out.Push(f) })
			pipeline.On(w, func(context.Context, fact, *pipeline.Emitter) error { return nil })
			w.OnFlush(func(*pipeline.Generation) {})
		})
	case "talk": // answers each number with more words than a queue holds
		return pipeline.Handle(func(_ context.Context, f number, out *pipeline.Emitter) error {
			for range 70 {
				if err := out.Push(tagged{gen: out.Generation().ID()}); err != nil {
					return errors.Join(out.Push(f), err)
				}
			}
			return out.Push(f)
		}, pipeline.Making[tagged]())
	case "panic":
		count := 0
		return pipeline.Handle(func(_ context.Context, f number, out *pipeline.Emitter) error {
			if count++; count == int(n.takes) {
				panic("planned")
			}
			return out.Push(f)
		})
	case "fail": // now and then, in a Switch with a choice that does not
		count := 0
		return pipeline.NewSwitch(pipeline.Handle(func(_ context.Context, f number, out *pipeline.Emitter) error {
			if count++; count == int(n.takes) {
				return errPlanned
			}
			return out.Push(f)
		}), pipeline.Handle(again))
	case "gate":
		g := pipeline.NewGate[number](true)
		*gates = append(*gates, g)
		return g
	case "switch":
		return pipeline.NewSwitch(children[0], children[1:]...)
	case "chain":
		return pipeline.Chain(children...)
	case "parallel":
		return pipeline.Parallel(children[0], children[1:]...)
	case "tee":
		return pipeline.Tee(pipeline.Chain(children...))
	}
	return pipeline.Chain()
}

// tagged is a part of a response that knows its generation.
type tagged struct {
	pipeline.Response
	gen uint64
}

// witness is the stage at the end: it looks for what must not happen.
type witness struct {
	mu       sync.Mutex
	inOrder  bool // there is no Switch, which may let frames overtake each other when it turns
	numbers  int  // the durable frame that comes next; without order, how many have come
	came     map[int]bool
	facts    []string
	buried   map[uint64]bool // generations that are dead, and all has settled since
	problems []string
}

func (w *witness) complain(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *witness) Wire(wiring *pipeline.Wiring) {
	wiring.Name("witness")
	pipeline.On(wiring, func(_ context.Context, f number, _ *pipeline.Emitter) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.inOrder && f.N != w.numbers {
			w.complain("durable frame %d came, want %d", f.N, w.numbers)
		}
		if w.came[f.N] {
			w.complain("durable frame %d came twice", f.N)
		}
		w.came[f.N] = true
		w.numbers++
		return nil
	})
	pipeline.On(wiring, func(_ context.Context, f tagged, _ *pipeline.Emitter) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.buried[f.gen] {
			w.complain("a word of generation %d came after it was dead and flushed", f.gen)
		}
		return nil
	})
	pipeline.On(wiring, func(_ context.Context, f fact, _ *pipeline.Emitter) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.facts = append(w.facts, f.Text)
		return nil
	})
}

// run runs the plan in virtual time and returns what went wrong.
func (p plan) run(t *testing.T) []string {
	w := &witness{inOrder: !p.tree.switches(), came: make(map[int]bool), buried: make(map[uint64]bool)}
	var sent, told int
	var result error
	synctest.Test(t, func(t *testing.T) {
		ctx, abort := context.WithCancelCause(t.Context())
		defer abort(nil)
		var out *pipeline.Emitter
		source := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.Makes[pipeline.Frame](w)
			w.OnStart(func(_ context.Context, o *pipeline.Emitter) error { out = o; return nil })
		})
		var gates []*pipeline.Gate[number]
		pl := pipeline.New(source, p.tree.stage(&gates), w).With(pipeline.WithDrainTimeout(24*time.Hour), pipeline.WithLogger(quiet))
		s, err := pl.Start(ctx)
		if err != nil {
			w.complain("start: %v", err)
			return
		}
		pause := time.NewTimer(0)
		<-pause.C
		var guess *pipeline.Generation
		bury := func(dead uint64) {
			synctest.Wait()
			w.mu.Lock()
			defer w.mu.Unlock()
			w.buried[dead] = true
		}
	script:
		for _, st := range p.steps {
			switch st.kind {
			case "durable":
				if out.Push(number{N: sent}) == nil {
					sent++
				}
			case "guess":
				if g, err := out.Speculate(number{N: sent}); err == nil {
					sent++
					guess = g
				}
			case "commit":
				if old := s.Generation().ID(); guess != nil && out.Commit(guess) {
					bury(old)
				}
			case "discard":
				if guess != nil && out.Discard(guess) {
					bury(guess.ID())
				}
			case "signal":
				if out.Push(fact{Text: fmt.Sprint(told)}) == nil {
					told++
				}
			case "media":
				_ = out.Push(sample{})
			case "response":
				_ = out.Push(tagged{gen: s.Generation().ID()})
			case "interrupt":
				dead := s.Generation().ID()
				s.Interrupt("random")
				bury(dead)
			case "pause":
				s.Pause()
			case "resume":
				s.Resume()
			case "open", "close":
				for _, g := range gates {
					if st.kind == "open" {
						g.Open()
					} else {
						g.Close()
					}
				}
			case "wait":
				pause.Reset(st.wait)
				select {
				case <-pause.C:
				case <-s.Done():
					break script
				}
			case "end":
				_ = out.Push(pipeline.End{})
				break script // what is pushed behind it may come too late
			case "abort":
				abort(errPlanned)
			}
		}
		result = s.Drain(t.Context())
		if again := s.Wait(); again != result {
			w.complain("two results: %v and %v", result, again)
		}
	})
	var stage *pipeline.StageError
	var panicked *pipeline.PanicError
	switch {
	case result == nil:
		if w.numbers < sent {
			w.complain("%d durable frames of %d came through", w.numbers, sent)
		}
		if len(w.facts) < told {
			w.complain("%d signals of %d came through", len(w.facts), told)
		}
	case errors.Is(result, errPlanned):
	case errors.As(result, &panicked):
		if panicked.Value != "planned" {
			w.complain("a panic of the engine: %v\n%s", panicked.Value, panicked.Stack)
		}
	case errors.As(result, &stage) && errors.Is(result, pipeline.ErrOverflow):
	default:
		w.complain("the session ended with %v", result)
	}
	for i, f := range w.facts {
		if f != fmt.Sprint(i) {
			w.complain("signal %s came, want %d", f, i)
			break
		}
	}
	return w.problems
}

var errPlanned = errors.New("planned abort")

func TestRandomSessions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plan{tree: drawTree(rt, 3), steps: rapid.SliceOfN(drawStep, 0, 80).Draw(rt, "script")}
		if problems := p.run(t); len(problems) > 0 {
			rt.Fatalf("%+v\n%q", p.tree, problems)
		}
	})
}

// quiet is a logger for sessions whose faults are planned.
var quiet = slog.New(slog.DiscardHandler)
