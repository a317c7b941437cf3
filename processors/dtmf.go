package processors

import (
	"context"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	// DefaultDTMFPause is how long after a key the keys count as complete, if none was the pound sign.
	DefaultDTMFPause = 1500 * time.Millisecond
	// maxKeys is how many keys make one turn at most, so that nothing grows while somebody holds the phone to an ear.
	maxKeys = 64
)

// DTMFOption configures the DTMF stage.
type DTMFOption func(*dtmf)

// WithDTMFPause sets how long after a key the keys count as complete, if none was the pound sign.
func WithDTMFPause(d time.Duration) DTMFOption { return func(k *dtmf) { k.pause = d } }

// DTMF makes the stage that turns keys into what the user says: the keys of one input become one UserTurn, such as
// "pressed 15#", at the pound sign or after a pause. It stands in front of Turn, which then knows that an answer is
// on its way.
//
// The bot holds its breath from the first key on, and what it was saying is interrupted when the input is complete.
func DTMF(opts ...DTMFOption) pipeline.Stage {
	k := &dtmf{pause: DefaultDTMFPause}
	for _, o := range opts {
		o(k)
	}
	return k
}

type dtmf struct {
	pause time.Duration

	mu      sync.Mutex // the timer calls in from its own goroutine
	out     *pipeline.Emitter
	pressed []rune
	timer   *time.Timer // runs since the last key
	input   uint64      // numbers the inputs, so that a timer that comes late does not end the next one
}

func (k *dtmf) Wire(w *pipeline.Wiring) {
	w.Name("dtmf")
	pipeline.Makes[frame.UserTurn](w)
	pipeline.On(w, k.key)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		k.out = out
		return nil
	})
	w.OnStop(func(context.Context) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.reset()
		return nil
	})
}

// key takes one key.
func (k *dtmf) key(_ context.Context, f frame.DTMF, out *pipeline.Emitter) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.pressed) == 0 {
		out.Pause()
	}
	k.pressed = append(k.pressed, f.Digit)
	if f.Digit == '#' || len(k.pressed) >= maxKeys {
		return k.commit(out)
	}
	if k.timer != nil {
		k.timer.Stop()
	}
	k.input++
	input := k.input
	// Stopped by the next key, the end of the input or that of the stage.
	k.timer = time.AfterFunc(k.pause, func() { k.paused(input) })
	return nil
}

// paused ends the input whose last key was the given one, if it has not ended yet.
func (k *dtmf) paused(input uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if input == k.input && len(k.pressed) > 0 {
		_ = k.commit(k.out) // fails only when the session is over
	}
}

// commit makes a turn of the keys.
func (k *dtmf) commit(out *pipeline.Emitter) error {
	text := "pressed " + string(k.pressed)
	k.reset()
	out.Interrupt("the user pressed keys")
	return out.Push(frame.UserTurn{Text: text, Via: "call"})
}

func (k *dtmf) reset() {
	if k.timer != nil {
		k.timer.Stop()
	}
	k.pressed = k.pressed[:0]
	k.input++
}
