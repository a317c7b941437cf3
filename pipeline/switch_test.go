package pipeline_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

func TestASwitchThatTurnsWhileFramesComeLosesAndDoublesNone(t *testing.T) {
	const frames = 20_000
	var inner, outer *pipeline.Switch
	choice := func() pipeline.Stage {
		return pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error { return out.Push(n) })
	}
	var more []pipeline.Stage
	for range 12 {
		more = append(more, choice())
	}
	inner = pipeline.NewSwitch(choice(), choice())
	outer = pipeline.NewSwitch(inner, more...)
	var came [frames]atomic.Int32
	left := make(chan struct{}, frames)
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[number]), outer,
		pipeline.Handle(func(_ context.Context, n number, _ *pipeline.Emitter) error {
			came[n.N].Add(1)
			left <- struct{}{}
			return nil
		})).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop, turned := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(turned)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := outer.To(i * 5 % 13); err != nil {
				t.Error(err)
			}
			if err := inner.To(i / 13 % 2); err != nil {
				t.Error(err)
			}
		}
	}()
	lost := time.After(20 * time.Second)
	underWay := 0
	for i := range frames {
		if underWay == 32 { // queues are bounded
			select {
			case <-left:
				underWay--
			case <-lost:
				t.Fatal("a frame was lost on the way")
			}
		}
		if err := s.Push(number{N: i}); err != nil {
			t.Fatal(err)
		}
		underWay++
	}
	close(stop)
	<-turned
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range came {
		if n := came[i].Load(); n != 1 {
			t.Fatalf("frame %d came %d times", i, n)
		}
	}
}
