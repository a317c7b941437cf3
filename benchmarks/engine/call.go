package engine

import (
	"context"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// callStages is how many stages a call has, and callHops how many hops a transcript and its answer take through them.
const (
	callStages = 7
	callHops   = callStages
)

// speechPerAnswer is how many pieces of 20 ms the answer to one transcript has.
const speechPerAnswer = 10

// call is a session of seven stages with the frames and hooks of a voice call, and nothing of its work: the STT
// understands nothing, the model answers each transcript with one word.
type call struct {
	in      *pipeline.Emitter
	session *pipeline.Session
	speech  int             // pieces of audio in one answer
	spoken  func()          // called when the last piece of an answer is at the end
	heard   []time.Duration // how long each piece of input took to the STT, if it has room
	silence audio.PCM
}

// start starts the call's session.
func (c *call) start(ctx context.Context) (err error) {
	c.silence = audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: quiet}
	c.session, err = pipeline.New(
		pipeline.StageFunc(c.input),
		pipeline.Chain(relay[frame.AudioIn]("vad", pipeline.Making[frame.SpeechEdge]())),
		pipeline.StageFunc(c.stt),
		pipeline.StageFunc(c.turn),
		pipeline.StageFunc(c.llm),
		pipeline.StageFunc(c.tts),
		pipeline.StageFunc(c.output),
	).Start(ctx)
	return err
}

// quiet are 20 ms of silence, shared: nobody writes to a frame's samples.
var quiet = make([]int16, frame.SampleRate/50)

// listen pushes 20 ms of what the user says.
func (c *call) listen(due time.Time) error {
	return c.in.Push(frame.AudioIn{PCM: c.silence, Arrived: due})
}

// ask pushes what the user said; the answer comes out at the end.
func (c *call) ask() error { return c.in.Push(frame.Transcript{Text: "hello", Final: true}) }

func (c *call) input(w *pipeline.Wiring) {
	w.Name("in")
	pipeline.Makes[frame.AudioIn](w)
	pipeline.Makes[frame.Transcript](w)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		c.in = out
		return nil
	})
}

func (c *call) stt(w *pipeline.Wiring) {
	w.Name("stt")
	pipeline.Makes[frame.Transcript](w)
	pipeline.On(w, func(_ context.Context, f frame.AudioIn, _ *pipeline.Emitter) error {
		if len(c.heard) < cap(c.heard) {
			c.heard = append(c.heard, time.Since(f.Arrived))
		}
		return nil
	})
	pipeline.On(w, func(context.Context, frame.SpeechEdge, *pipeline.Emitter) error { return nil })
}

func (c *call) turn(w *pipeline.Wiring) {
	w.Name("turn")
	pipeline.Makes[frame.UserTurn](w)
	pipeline.On(w, func(_ context.Context, f frame.Transcript, out *pipeline.Emitter) error {
		return out.Push(frame.UserTurn{Text: f.Text, Via: "call"})
	})
	pipeline.OnOptional(w, func(context.Context, frame.SpeechStarted, *pipeline.Emitter) error { return nil })
}

func (c *call) llm(w *pipeline.Wiring) {
	w.Name("llm")
	pipeline.Makes[frame.TextDelta](w)
	pipeline.On(w, func(_ context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
		return out.Push(frame.TextDelta{Text: f.Text})
	})
	pipeline.OnOptional(w, func(context.Context, frame.Playback, *pipeline.Emitter) error { return nil })
}

func (c *call) tts(w *pipeline.Wiring) {
	w.Name("tts")
	pipeline.Makes[frame.AudioOut](w)
	pipeline.On(w, func(_ context.Context, f frame.TextDelta, out *pipeline.Emitter) error {
		for i := range c.speech {
			piece := frame.AudioOut{PCM: c.silence, ID: uint64(c.speech - i)}
			if err := out.Push(piece); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *call) output(w *pipeline.Wiring) {
	w.Name("out")
	pipeline.On(w, func(_ context.Context, f frame.AudioOut, _ *pipeline.Emitter) error {
		if f.ID == 1 && c.spoken != nil {
			c.spoken()
		}
		return nil
	})
	w.OnFlush(func(*pipeline.Generation) {})
	w.OnStop(func(context.Context) error { return nil })
}
