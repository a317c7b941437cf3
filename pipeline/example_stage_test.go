package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// Piece is live input with its length in media time.
type Piece struct {
	pipeline.Media
	Length time.Duration
}

// Minute is what the batcher makes of a minute of pieces, or of what is left at the end.
type Minute struct {
	pipeline.Durable
	Pieces int
}

// batcher ticks by media time: the clock on the wall plays no part, so tests and replays give the same batches.
type batcher struct {
	pieces int
	length time.Duration
}

// Wire registers the handlers; all are called from one goroutine, so that the fields need no lock.
func (b *batcher) Wire(w *pipeline.Wiring) {
	w.Name("batcher")
	pipeline.Makes[Minute](w)
	pipeline.On(w, b.piece)
	pipeline.OnOptional(w, b.end)
}

func (b *batcher) piece(_ context.Context, p Piece, out *pipeline.Emitter) error {
	b.pieces++
	if b.length += p.Length; b.length < time.Minute {
		return nil
	}
	full := Minute{Pieces: b.pieces}
	*b = batcher{}
	return out.Push(full)
}

// end finishes what is left. The engine passes the End on by itself.
func (b *batcher) end(_ context.Context, _ pipeline.End, out *pipeline.Emitter) error {
	return out.Push(Minute{Pieces: b.pieces})
}

func ExampleOn() {
	microphone := pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.Makes[Piece](w)
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			var errs []error
			for range 7 {
				errs = append(errs, out.Push(Piece{Length: 20 * time.Second}))
			}
			return errors.Join(append(errs, out.Push(pipeline.End{}))...)
		})
	})
	show := pipeline.Handle(func(_ context.Context, m Minute, _ *pipeline.Emitter) error {
		fmt.Println(m.Pieces, "pieces")
		return nil
	})
	_ = pipeline.New(microphone, &batcher{}, show).Run(context.Background())
	// Output:
	// 3 pieces
	// 3 pieces
	// 1 pieces
}

func ExampleSession_Stats() {
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Push(Line{Text: "hello"})
	_ = s.Drain(context.Background())
	for _, stage := range s.Stats() {
		fmt.Println(stage.Stage, "handled", stage.Handled)
	}
	// Output:
	// HELLO!
	// stagefunc handled 0
	// map(Line) handled 1
	// printer handled 1
}

func ExampleSession_Attach() {
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	detach := s.Attach(pipeline.ObserverFunc(func(e pipeline.Event) {
		if e.Stage == "printer" && e.Kind == pipeline.FrameHandled {
			fmt.Println("the printer was busy, and it failed with", e.Err)
		}
	}))
	_ = s.Push(Line{Text: "hello"})
	_ = s.Drain(context.Background())
	detach()
	// Output:
	// HELLO!
	// the printer was busy, and it failed with <nil>
}

func ExampleSwitch_To() {
	quiet := pipeline.Map(func(_ context.Context, l Line) (Shout, error) { return Shout{Text: l.Text}, nil })
	styles := pipeline.NewSwitch(shouter(), quiet)
	fmt.Println(styles.To(1), styles.Active())
	fmt.Println(styles.To(2))
	_ = pipeline.New(reader("hello"), styles, printer()).Run(context.Background())
	// Output:
	// <nil> 1
	// pipeline: Switch.To(2): there are choices 0 to 1
	// hello
}

func ExampleWithCategory() {
	err := pipeline.WithCategory(pipeline.Permanent, errors.New("the key was revoked"))
	fmt.Println(err, "-", pipeline.CategoryOf(fmt.Errorf("synthesis: %w", err)))
	// Output:
	// the key was revoked - permanent
}

func ExampleSession_Pause() {
	s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[Line]), shouter(), printer()).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Pause(), s.Generation().State())
	fmt.Println(s.Resume(), s.Generation().State())
	_ = s.Drain(context.Background())
	// Output:
	// true paused
	// true live
}

func ExampleLaneOf() {
	fmt.Println(pipeline.LaneOf(Line{}), pipeline.LaneOf(Piece{}), pipeline.LaneOf(pipeline.Interrupted{}))
	// Output:
	// durable media signal
}
