package pipeline_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestHangUpDuringTheStartIsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangUp := errors.New("caller hung up")
		loading := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnStart(func(ctx context.Context, _ *pipeline.Emitter) error {
				<-ctx.Done()
				return ctx.Err()
			})
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(hangUp) })
		err := pipeline.New(loading, loading).Run(ctx)
		var stage *pipeline.StageError
		if !errors.Is(err, hangUp) || errors.As(err, &stage) {
			t.Errorf("Run: %v, want the hang-up, and no stage blamed for it", err)
		}
	})
}

func TestAHandlerThatEndsItsGoroutineEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := pipelinetest.RunErr(t, pipelinetest.Script{number{}, time.Hour},
			pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { runtime.Goexit(); return nil }, pipeline.Named("bad")))
		var stage *pipeline.StageError
		if !errors.As(err, &stage) || stage.Stage != "bad" {
			t.Errorf("result %v, want an error of stage bad", err)
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("it took %v", d)
		}
	})
}

func TestAnObserverThatPanicsEndsItsSessionAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := pipeline.ObserverFunc(func(pipeline.Event) { panic("observer") })
		err := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}, time.Hour}), pipelinetest.NewSink()).
			With(pipeline.WithObserver(bad)).Run(t.Context())
		var p *pipeline.PanicError
		if !errors.As(err, &p) || p.Value != "observer" {
			t.Errorf("result %v, want the panic", err)
		}
	})
}

func TestPushToAHeadThatAnEndHasClosedIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tool := pipeline.Handle(func(_ context.Context, _ number, out *pipeline.Emitter) error {
			time.Sleep(time.Second)
			return out.Session().Push(label{Text: "result"})
		}, pipeline.Making[label]())
		if _, err := pipelinetest.RunErr(t, pipelinetest.Script{number{}}, tool); err != nil {
			t.Errorf("the session ended with %v", err)
		}
	})
}

func TestOnStopRunsAfterTheLastFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flushing atomic.Bool
		stage := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnFlush(func(*pipeline.Generation) {
				flushing.Store(true)
				time.Sleep(time.Second)
				flushing.Store(false)
			})
			w.OnStop(func(context.Context) error {
				if flushing.Load() {
					t.Error("OnStop runs beside OnFlush")
				}
				return nil
			})
		})
		s, err := pipeline.New(stage).With(pipeline.WithLogger(quiet)).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Interrupt("test") // the hook is still at work when it returns
		if err := s.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAFlushThatNeverEndsIsNamedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("stuck")
			w.OnFlush(func(*pipeline.Generation) { <-release })
			w.OnStop(func(context.Context) error { t.Error("OnStop runs beside OnFlush"); return nil })
		})
		err := pipeline.New(pipelinetest.Source(nil), stuck).With(pipeline.WithLogger(quiet)).Run(t.Context())
		close(release)
		var stage *pipeline.StageError
		var over *pipeline.OverrunError
		if !errors.As(err, &stage) || stage.Stage != "stuck" || stage.Phase != "flush" || !errors.As(err, &over) || !strings.Contains(over.Stack, "ending_test.go") {
			t.Errorf("result %v, want an overrun of stage stuck in its flush, with its stack", err)
		}
	})
}

func TestAStuckStageDoesNotTakeTheTimeOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { <-release; return nil }, pipeline.Named("stuck"))
		var stopped error
		closing := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnStop(func(ctx context.Context) error {
				select {
				case <-time.After(time.Second): // says good-bye to a server
				case <-ctx.Done():
				}
				stopped = ctx.Err()
				return stopped
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		_ = pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}, time.Hour}), stuck, closing).With(pipeline.WithLogger(quiet)).Run(ctx)
		close(release)
		if stopped != nil {
			t.Errorf("OnStop of a stage was cut short by another: %v", stopped)
		}
	})
}

func TestASlowFlushDoesNotDelayTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var quick [2]time.Duration
		var begin time.Time
		flusher := func(f func()) pipeline.Stage {
			return pipeline.StageFunc(func(w *pipeline.Wiring) { w.OnFlush(func(*pipeline.Generation) { f() }) })
		}
		s, err := pipeline.New(
			flusher(func() { quick[0] = time.Since(begin) }),
			flusher(func() { time.Sleep(5 * time.Millisecond) }),
			flusher(func() { time.Sleep(7 * time.Millisecond) }),
			flusher(func() { quick[1] = time.Since(begin) }),
		).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		begin = time.Now()
		s.Interrupt("test")
		if d := time.Since(begin); d > 8*time.Millisecond || quick[0] > time.Millisecond || quick[1] > time.Millisecond {
			t.Errorf("Interrupt took %v, the quick hooks ran after %v", d, quick)
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSignalOverflowIsToldToTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("stuck")
			pipeline.On(w, func(ctx context.Context, _ fact, _ *pipeline.Emitter) error { <-ctx.Done(); return nil })
		})
		s, err := pipeline.New(stuck).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pushed := 0
		for err == nil && pushed < 5000 {
			err = s.Push(fact{})
			pushed++
		}
		if !errors.Is(err, pipeline.ErrOverflow) || !errors.Is(s.Wait(), pipeline.ErrOverflow) {
			t.Errorf("signal %d: %v; result %v, want ErrOverflow of both", pushed, err, s.Wait())
		}
	})
}

func TestSignalsPassAStageOfAllFramesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := func(pipeline.Frame) bool { return true }
		gate := pipeline.NewGate[pipeline.Frame](false)
		got := pipelinetest.Run(t, pipelinetest.Script{fact{Text: "once"}, number{N: 1}, time.Second,
			func(*pipeline.Emitter) { gate.Open() }, time.Second, number{N: 2}},
			pipeline.Filter(all), gate, pipeline.Filter(all))
		if diff := cmp.Diff([]pipeline.Frame{fact{Text: "once"}, number{N: 1}, number{N: 2}}, got); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})
}

func TestAGateThatIsNeverOpenedLosesNothing(t *testing.T) {
	for _, gate := range []pipeline.Stage{pipeline.NewGate[number](false), pipeline.NewGate[pipeline.Frame](false)} {
		synctest.Test(t, func(t *testing.T) {
			got := pipelinetest.Run(t, pipelinetest.Script{number{N: 1}, number{N: 2}}, gate)
			if diff := cmp.Diff([]number{{N: 1}, {N: 2}}, pipelinetest.Of[number](got)); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAGateThatWaitsForRoomDoesNotHoldUpAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := pipeline.Handle(func(ctx context.Context, _ word, out *pipeline.Emitter) error {
			if out.Generation().ID() == 1 {
				<-ctx.Done()
			}
			return nil
		})
		var took time.Duration
		script := pipelinetest.Script{func(out *pipeline.Emitter) {
			go func() { // ends after the interruption
				for range 200 {
					_ = out.Push(word{})
				}
			}()
		}, time.Second, func(out *pipeline.Emitter) {
			g, err := out.Speculate(number{})
			if err != nil {
				t.Error(err)
			}
			begin := time.Now()
			out.Discard(g)
			took = time.Since(begin)
			out.Interrupt("enough")
		}}
		pipelinetest.Run(t, script, pipeline.NewGate[word](true), slow)
		if took != 0 {
			t.Errorf("Discard took %v while a gate waited to pass on another response", took)
		}
	})
}
