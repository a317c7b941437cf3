package pipeline

import (
	"context"
	"testing"
)

// These gates hold the cost of the frame path: what passes a stage is free, and what is handled and pushed again
// costs the one allocation of its new box.

type gateMedia struct {
	Media
	N [4]int
}

type gateOther struct {
	Media
	N int
}

func gateSession(t *testing.T, stages ...Stage) *Session {
	t.Helper()
	p := New(stages...)
	if p.problem != nil {
		t.Fatal(p.problem)
	}
	return newSession(t.Context(), p) // not started: the test is its only goroutine
}

func TestAFrameThatAStageDoesNotHandlePassesWithoutAllocation(t *testing.T) {
	s := gateSession(t,
		StageFunc(Makes[Frame]),
		Handle(func(context.Context, gateOther, *Emitter) error { return nil }),
		Handle(func(context.Context, gateMedia, *Emitter) error { return nil }))
	var f Frame = gateMedia{N: [4]int{1, 2, 3, 4}}
	pass, sink := s.stages[1], s.stages[2]
	if n := testing.AllocsPerRun(1000, func() {
		if err := s.stages[0].out.Push(f); err != nil {
			t.Fatal(err)
		}
		p := <-pass.in.ch
		pass.in.took(p)
		pass.handle(p)
		p = <-sink.in.ch
		sink.in.took(p)
		sink.handle(p)
	}); n != 0 {
		t.Errorf("%v allocations for a frame that passes by, want none", n)
	}
}

func TestAFrameThatIsHandledAndPassedOnCostsOneAllocation(t *testing.T) {
	s := gateSession(t,
		StageFunc(Makes[Frame]),
		Handle(func(_ context.Context, f gateMedia, out *Emitter) error { return out.Push(f) }),
		Handle(func(context.Context, gateMedia, *Emitter) error { return nil }))
	var f Frame = gateMedia{N: [4]int{1, 2, 3, 4}}
	handles, sink := s.stages[1], s.stages[2]
	if n := testing.AllocsPerRun(1000, func() {
		if err := s.stages[0].out.Push(f); err != nil {
			t.Fatal(err)
		}
		p := <-handles.in.ch
		handles.in.took(p)
		handles.handle(p)
		p = <-sink.in.ch
		sink.in.took(p)
	}); n > 1 {
		t.Errorf("%v allocations for a frame that is handled and passed on, want at most one", n)
	}
}
