package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/pipeline"
)

// Line is a line of text that was read.
type Line struct {
	pipeline.Durable
	Text string
}

// Hint tells how one gets a Line.
func (Line) Hint() string { return "add a reader" }

// Shout is a line in capitals.
type Shout struct {
	pipeline.Durable
	Text string
}

// printer is a stage of one function that pushes nothing.
func printer() pipeline.Stage {
	return pipeline.Handle(func(_ context.Context, s Shout, _ *pipeline.Emitter) error {
		fmt.Println(s.Text)
		return nil
	}, pipeline.Named("printer"))
}

// shouter makes a Shout of each Line.
func shouter() pipeline.Stage {
	return pipeline.Map(func(_ context.Context, l Line) (Shout, error) {
		return Shout{Text: strings.ToUpper(l.Text) + "!"}, nil
	})
}

// reader is a source: a stage that makes frames by itself.
func reader(lines ...string) pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("reader")
		pipeline.Makes[Line](w)
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			var errs []error
			for _, l := range lines {
				errs = append(errs, out.Push(Line{Text: l}))
			}
			return errors.Join(append(errs, out.Push(pipeline.End{Reason: "all read"}))...)
		})
	})
}

func ExampleNew() {
	p := pipeline.New(reader("hello", "good bye"), shouter(), printer())
	fmt.Println(p)
	if err := p.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// reader -> map(Line) -> printer
	// HELLO!
	// GOOD BYE!
}

func ExamplePipeline_Check() {
	fmt.Println(pipeline.New(shouter(), printer()).Check())
	// Output:
	// pipeline: wiring: map(Line) handles pipeline_test.Line, but no stage before it makes one; add a reader
}

func ExamplePipeline_Start() {
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Push(Line{Text: "from outside"})
	if err := s.Drain(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// FROM OUTSIDE!
}

func ExampleHandle() {
	counts := make(map[string]int)
	counter := pipeline.Handle(func(_ context.Context, l Line, out *pipeline.Emitter) error {
		counts[l.Text]++
		return out.Push(l) // passed on: the stages behind want it too
	}, pipeline.Named("counter"))
	_ = pipeline.New(reader("a", "b", "a"), counter, shouter(), printer()).Run(context.Background())
	fmt.Println(counts)
	// Output:
	// A!
	// B!
	// A!
	// map[a:2 b:1]
}

func ExampleParallel() {
	measure := pipeline.Map(func(_ context.Context, l Line) (Shout, error) {
		return Shout{Text: fmt.Sprint(len(l.Text), " letters")}, nil
	})
	fmt.Println(pipeline.New(reader("hello"), pipeline.Parallel(shouter(), measure), printer()))
	// Output:
	// reader -> (map(Line) | map(Line)#2) -> printer
}

func ExampleSwitch() {
	failing := pipeline.Handle(func(context.Context, Line, *pipeline.Emitter) error {
		return errors.New("quota exceeded")
	}, pipeline.Named("first"), pipeline.Making[Shout]())
	voices := pipeline.NewSwitch(failing, shouter())
	_ = pipeline.New(reader("hello"), voices, printer()).Run(context.Background())
	fmt.Println("active choice:", voices.Active())
	// Output:
	// HELLO!
	// active choice: 1
}

func ExampleFilter() {
	short := pipeline.Filter(func(l Line) bool { return len(l.Text) < 6 })
	_ = pipeline.New(reader("hello", "good bye"), short, shouter(), printer()).Run(context.Background())
	// Output:
	// HELLO!
}

func ExampleOnError() {
	picky := pipeline.Handle(func(_ context.Context, l Line, out *pipeline.Emitter) error {
		if l.Text == "" {
			return errors.New("an empty line")
		}
		return out.Push(l)
	})
	_ = pipeline.New(reader("", "hello"), pipeline.OnError(pipeline.SkipFrame, picky), shouter(), printer()).Run(context.Background())
	// Output:
	// HELLO!
}

func ExampleChain() {
	// a part that is used in several pipelines
	loud := pipeline.Chain(pipeline.Filter(func(l Line) bool { return l.Text != "" }), shouter())
	_ = pipeline.New(reader("", "hello"), loud, printer()).Run(context.Background())
	// Output:
	// HELLO!
}

func ExampleTee() {
	letters := 0
	count := pipeline.Handle(func(_ context.Context, l Line, _ *pipeline.Emitter) error {
		letters += len(l.Text)
		return nil
	})
	_ = pipeline.New(reader("hello", "bye"), pipeline.Tee(count), shouter(), printer()).Run(context.Background())
	fmt.Println(letters, "letters")
	// Output:
	// HELLO!
	// BYE!
	// 8 letters
}

func ExampleMap() {
	reverse := pipeline.Map(func(_ context.Context, l Line) (Shout, error) {
		r := []rune(l.Text)
		slices.Reverse(r)
		return Shout{Text: string(r)}, nil
	})
	_ = pipeline.New(reader("hello"), reverse, printer()).Run(context.Background())
	// Output:
	// olleh
}

func ExampleGate() {
	gate := pipeline.NewGate[Line](false)
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), gate, shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Push(Line{Text: "waits"})
	fmt.Println("opening")
	gate.Open()
	_ = s.Drain(context.Background())
	// Output:
	// opening
	// WAITS!
}

func ExampleSession_Interrupt() {
	thinking := make(chan struct{})
	thinker := pipeline.Handle(func(ctx context.Context, l Line, out *pipeline.Emitter) error {
		if l.Text == "think" {
			close(thinking)
			<-ctx.Done() // a model that takes its time is cancelled by its context
			fmt.Println(context.Cause(ctx))
			return nil
		}
		return out.Push(l)
	})
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), thinker, shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Push(Line{Text: "think"})
	<-thinking
	s.Interrupt("the user speaks")
	_ = s.Push(Line{Text: "go on"})
	_ = s.Drain(context.Background())
	// Output:
	// interrupted: the user speaks
	// GO ON!
}

func ExampleEmitter_Speculate() {
	answer := pipeline.Handle(func(_ context.Context, l Line, out *pipeline.Emitter) error {
		fmt.Println("answering", l.Text, "in a generation that is", out.Generation().State())
		return nil
	})
	guesser := pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.Makes[Line](w)
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			guess, err := out.Speculate(Line{Text: "a guess"})
			if err != nil {
				return err
			}
			fmt.Println("right:", out.Commit(guess), "and now", guess.State())
			return out.Push(pipeline.End{})
		})
	})
	_ = pipeline.New(guesser, answer).Run(context.Background())
	// Output:
	// right: true and now live
	// answering a guess in a generation that is live
}

func ExampleWithObserver() {
	observer := pipeline.ObserverFunc(func(e pipeline.Event) {
		if _, shout := e.Frame.(Shout); shout {
			fmt.Println(e.Stage, e.Kind)
		}
	})
	_ = pipeline.New(reader("hello"), shouter(), printer()).With(pipeline.WithObserver(observer)).Run(context.Background())
	// Output:
	// HELLO!
	// printer handled
}

func ExampleWithValue() {
	type greeting string
	stage := pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			text, _ := pipeline.Value[greeting](out.Session())
			fmt.Println(text, out.Session().ID())
			return out.Push(pipeline.End{})
		})
	})
	_ = pipeline.New(stage).With(pipeline.WithValue(greeting("good morning")), pipeline.WithID("call-1")).Run(context.Background())
	// Output:
	// good morning call-1
}
