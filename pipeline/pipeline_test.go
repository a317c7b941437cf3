package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

type (
	number struct {
		pipeline.Durable
		N int
	}
	word struct {
		pipeline.Response
		Text string
	}
	sample struct {
		pipeline.Media
		N int
	}
	fact struct {
		pipeline.Signal
		Text string
	}
)

// bubble runs a test in virtual time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestFramesThatAStageDoesNotHandlePassItInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		double := pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
			return out.Push(number{N: 2 * n.N})
		})
		got := pipelinetest.Run(t, pipelinetest.Script{
			sample{N: 1}, number{N: 1}, word{Text: "a"}, number{N: 2}, sample{N: 2}, word{Text: "b"},
		}, double)
		want := []pipeline.Frame{sample{N: 1}, number{N: 2}, word{Text: "a"}, number{N: 4}, sample{N: 2}, word{Text: "b"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})
}

func TestSignalReachesAStageThatIsBlockedAndIsHandledBeforeItsNextFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var order []string
		slow := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, func(_ context.Context, n number, _ *pipeline.Emitter) error {
				order = append(order, fmt.Sprint("number ", n.N))
				time.Sleep(time.Second)
				return nil
			})
			pipeline.On(w, func(_ context.Context, f fact, _ *pipeline.Emitter) error {
				order = append(order, f.Text)
				return nil
			})
		})
		pipelinetest.Run(t, pipelinetest.Script{
			number{N: 1}, number{N: 2}, 500 * time.Millisecond, fact{Text: "first"}, fact{Text: "second"}, number{N: 3},
		}, slow)
		want := []string{"number 1", "first", "second", "number 2", "number 3"}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestInterruptDropsTheResponseAndKeepsDurable(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var cause error
		talker := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.Makes[word](w)
			pipeline.On(w, func(ctx context.Context, n number, out *pipeline.Emitter) error {
				for i := range 1000 { // far more than a hop holds
					if err := out.Push(word{Text: fmt.Sprint(n.N, ".", i)}); err != nil {
						cause = context.Cause(ctx)
						return errors.Join(err, out.Push(number{N: 100 + n.N}))
					}
				}
				return nil
			})
		})
		gate := make(chan struct{})
		blocked := pipeline.Handle(func(_ context.Context, f word, out *pipeline.Emitter) error {
			<-gate
			return out.Push(f)
		})
		got := pipelinetest.Run(t, pipelinetest.Script{
			number{N: 1}, time.Millisecond,
			func(out *pipeline.Emitter) { out.Interrupt("user speaks") },
			func(*pipeline.Emitter) { close(gate) },
			word{Text: "new"},
		}, talker, blocked)
		if n := pipelinetest.Of[word](got); len(n) != 1 || n[0].Text != "new" {
			t.Errorf("words of a dead generation came out: %v", n)
		}
		if n := pipelinetest.Of[number](got); len(n) != 1 || n[0].N != 101 {
			t.Errorf("durable frames: got %v, want one number 101", n)
		}
		if cause == nil || !strings.Contains(cause.Error(), "user speaks") {
			t.Errorf("the handler's context ended with %v, want the reason of the interruption", cause)
		}
	})
}

func TestDurableOfADeadGenerationIsDeliveredWithAnEndedContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var ended []bool
		stage := pipeline.Handle(func(ctx context.Context, n number, _ *pipeline.Emitter) error {
			time.Sleep(10 * time.Millisecond)
			ended = append(ended, ctx.Err() != nil)
			return ctx.Err()
		})
		pipelinetest.Run(t, pipelinetest.Script{
			number{N: 1}, number{N: 2}, func(out *pipeline.Emitter) { out.Interrupt("") }, number{N: 3},
		}, stage)
		if diff := cmp.Diff([]bool{true, true, false}, ended); diff != "" {
			t.Errorf("context ended (-want +got):\n%s", diff)
		}
	})
}

func TestInterruptWaitsForFlushButNotForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		flushed := false
		release := make(chan struct{})
		flusher := func(f func()) pipeline.Stage {
			return pipeline.StageFunc(func(w *pipeline.Wiring) { w.OnFlush(func(*pipeline.Generation) { f() }) })
		}
		var took time.Duration
		// The first step waits until all stages have started: hooks of the others are not called.
		pipelinetest.Run(t, pipelinetest.Script{time.Millisecond, func(out *pipeline.Emitter) {
			begin := time.Now()
			out.Interrupt("test")
			took = time.Since(begin)
			if !flushed {
				t.Error("Interrupt returned before a quick OnFlush hook had run")
			}
			close(release)
		}}, flusher(func() { flushed = true }), flusher(func() { <-release }))
		if took != pipeline.FlushGrace {
			t.Errorf("Interrupt took %v with a stage that blocks in OnFlush, want %v", took, pipeline.FlushGrace)
		}
	})
}

func TestMediaIsDroppedAndReportedWhenAStageStandsStill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got int
		stuck := pipeline.Handle(func(ctx context.Context, s sample, _ *pipeline.Emitter) error {
			got++
			if s.N == 0 {
				time.Sleep(time.Minute)
			}
			return nil
		})
		script := pipelinetest.Script{sample{N: 0}, time.Second}
		for i := range 300 {
			script = append(script, sample{N: i + 1})
		}
		frames := pipelinetest.Run(t, script, stuck)
		if got != 101 {
			t.Errorf("%d media frames handled, want the one in hand and 100 queued", got)
		}
		if f := pipelinetest.Of[pipeline.Failure](frames); len(f) != 1 || !errors.Is(f[0].Err, pipeline.ErrOverflow) {
			t.Errorf("failures: %v, want one ErrOverflow", f)
		}
	})
}

func TestDurableOverflowEndsTheSessionNamingTheStage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := pipeline.Handle(func(ctx context.Context, n number, _ *pipeline.Emitter) error {
			<-ctx.Done()
			return nil
		}, pipeline.Named("stuck"))
		script := pipelinetest.Script{}
		for i := range 200 {
			script = append(script, number{N: i})
		}
		_, err := pipelinetest.RunErr(t, script, stuck)
		close(release)
		if !errors.Is(err, pipeline.ErrOverflow) || !strings.Contains(err.Error(), "stuck") {
			t.Errorf("result %v, want ErrOverflow naming the stage", err)
		}
	})
}

func TestPanicIsAnErrorOfItsSessionAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		bad := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { panic("boom") }, pipeline.Named("bad"))
		_, err := pipelinetest.RunErr(t, pipelinetest.Script{number{}, time.Hour}, bad)
		var stage *pipeline.StageError
		var p *pipeline.PanicError
		if !errors.As(err, &stage) || !errors.As(err, &p) || stage.Stage != "bad" || p.Value != "boom" || !strings.Contains(string(p.Stack), "pipeline_test.go") {
			t.Errorf("result %v, want a PanicError of stage bad with its stack", err)
		}
	})
}

func TestAbortReturnsTheCause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hangUp := errors.New("caller hung up")
		ctx, cancel := context.WithCancelCause(t.Context())
		s, err := pipeline.New(pipelinetest.NewSink()).Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cancel(hangUp)
		if err := s.Wait(); !errors.Is(err, hangUp) {
			t.Errorf("Wait: %v, want %v", err, hangUp)
		}
		if err := s.Push(number{}); !errors.Is(err, pipeline.ErrEnded) {
			t.Errorf("Push after the end: %v, want ErrEnded", err)
		}
	})
}

func TestFailedStartStopsWhatHadStarted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		boom := errors.New("no such device")
		var stopped atomic.Int32
		stage := func(start error, after time.Duration) pipeline.Stage {
			return pipeline.StageFunc(func(w *pipeline.Wiring) {
				w.Name("dev")
				w.OnStart(func(ctx context.Context, _ *pipeline.Emitter) error {
					select {
					case <-time.After(after):
						return start
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				w.OnStop(func(context.Context) error { stopped.Add(1); return nil })
			})
		}
		_, err := pipeline.New(stage(nil, 0), stage(boom, time.Second), stage(nil, time.Hour)).Start(t.Context())
		var s *pipeline.StageError
		if !errors.Is(err, boom) || !errors.As(err, &s) || s.Phase != "start" {
			t.Errorf("Start: %v, want %v in phase start", err, boom)
		}
		if stopped.Load() != 1 {
			t.Errorf("%d stages stopped, want only the one that had started", stopped.Load())
		}
	})
}

func TestStageThatNeverStartsIsNamedWithItsStack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("stuck")
			w.OnStart(func(context.Context, *pipeline.Emitter) error { <-release; return nil })
		})
		_, err := pipeline.New(stuck).With(pipeline.WithStartTimeout(time.Second)).Start(t.Context())
		close(release)
		var over *pipeline.OverrunError
		if !errors.Is(err, pipeline.ErrDeadline) || !errors.As(err, &over) || !strings.Contains(over.Stack, "pipeline_test.go") {
			t.Errorf("Start: %v, want an OverrunError with the stack", err)
		}
	})
}

func TestStageThatNeverEndsIsNamedAndTheOthersStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		stopped := false
		stuck := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { <-release; return nil }, pipeline.Named("stuck"))
		other := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnStop(func(context.Context) error { stopped = true; return nil })
		})
		ctx, cancel := context.WithCancel(t.Context())
		s, err := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}, time.Hour}), stuck, other).Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		begin := time.Now()
		_ = s.Wait()
		if d := time.Since(begin); d != pipeline.DefaultStopTimeout {
			t.Errorf("the end took %v, want the stop deadline", d)
		}
		if !stopped {
			t.Error("the other stage was not stopped")
		}
		close(release)
	})
}

func TestDrainFinishesWhatIsQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := 0
		slow := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error {
			time.Sleep(time.Second)
			n++
			return nil
		})
		s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[number]), slow).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			if err := s.Push(number{N: i}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Drain(t.Context()); err != nil || n != 10 {
			t.Errorf("Drain: %v after %d of 10 frames", err, n)
		}
	})
}

func TestDrainDeadlineNamesTheBusyStage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		stuck := pipeline.Handle(func(ctx context.Context, _ number, _ *pipeline.Emitter) error { <-ctx.Done(); return nil }, pipeline.Named("stuck"))
		p := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}}), stuck).With(pipeline.WithDrainTimeout(time.Minute))
		if err := p.Run(t.Context()); !errors.Is(err, pipeline.ErrDeadline) || !strings.Contains(err.Error(), "stuck") {
			t.Errorf("Run: %v, want ErrDeadline naming the stage", err)
		}
	})
}

func TestAStageAsksForMoreTimeToDrain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		slow := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.DrainTimeout(time.Hour)
			pipeline.On(w, func(ctx context.Context, f number, _ *pipeline.Emitter) error {
				time.Sleep(time.Duration(f.N) * time.Minute)
				return nil
			})
		})
		for minutes, want := range map[int]error{59: nil, 61: pipeline.ErrDeadline} {
			p := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{N: minutes}}), slow).
				With(pipeline.WithDrainTimeout(time.Minute), pipeline.WithStopTimeout(time.Hour))
			if err := p.Run(t.Context()); !errors.Is(err, want) {
				t.Errorf("%d minutes: %v, want %v", minutes, err, want)
			}
		}
	})
}

func TestSignalSentByTheLastFlushIsStillHandled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var heard string
		listener := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, func(_ context.Context, f fact, _ *pipeline.Emitter) error { heard = f.Text; return nil })
		})
		output := pipeline.StageFunc(func(w *pipeline.Wiring) {
			var out *pipeline.Emitter
			w.OnStart(func(_ context.Context, o *pipeline.Emitter) error { out = o; return nil })
			w.OnFlush(func(*pipeline.Generation) { _ = out.Push(fact{Text: "half of it"}) })
		})
		ctx, cancel := context.WithCancel(t.Context())
		s, err := pipeline.New(listener, output).Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		_ = s.Wait()
		if heard != "half of it" {
			t.Errorf("the signal of the last flush was not handled: %q", heard)
		}
	})
}

func TestPauseAndResume(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, err := pipeline.New(pipelinetest.NewSink()).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !s.Pause() || s.Pause() {
			t.Error("Pause must work once")
		}
		s.Interrupt("confirmed")
		if s.Resume() {
			t.Error("a generation that was interrupted while paused was resumed")
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestUnwantedFramesEndAtTheirMaker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		blocked := make(chan struct{})
		last := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { <-blocked; return nil })
		s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[number]), last).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Push(number{})
		for range 10_000 { // would drop media, and end the session by overflow, if anybody queued them
			if err := s.Push(sample{}); err != nil {
				t.Fatal(err)
			}
		}
		close(blocked)
		if err := s.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
