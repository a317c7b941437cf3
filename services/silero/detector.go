package silero

import (
	"fmt"

	"github.com/parley-voice/parley/internal/ort"
)

// What the model was trained for.
const (
	rate       = 16000
	windowSize = 512 // new samples of a window
	context    = 64  // samples of the window before, put in front; without them the model hears nothing
	stateSize  = 2 * 1 * 128
)

// detector is the state of one stream. Its tensors live as long as it does: a window costs no new memory but what
// the call into C needs.
type detector struct {
	engine *Engine
	input  []float32 // context, then the window
	prob   []float32
	in     [3]ort.Value // input, state, sr
	out    [2]ort.Value // probability, next state
	closed bool
}

func newDetector(e *Engine) (*detector, error) {
	d := &detector{engine: e, input: make([]float32, context+windowSize), prob: make([]float32, 1)}
	var err error
	tensor := func(data []float32, shape ...int64) ort.Value {
		if err != nil {
			return nil
		}
		var v ort.Value
		v, err = ort.Tensor(data, shape...)
		return v
	}
	d.in[0] = tensor(d.input, 1, context+windowSize)
	d.in[1] = tensor(make([]float32, stateSize), 2, 1, 128)
	d.out[0] = tensor(d.prob, 1, 1)
	d.out[1] = tensor(make([]float32, stateSize), 2, 1, 128)
	if err == nil {
		d.in[2], err = ort.Tensor([]int64{rate}, 1)
	}
	if err != nil {
		d.free()
		return nil, err
	}
	return d, nil
}

// Window returns 512.
func (d *detector) Window() int { return windowSize }

// Probability runs the model on the next 512 samples.
func (d *detector) Probability(window []int16) (float32, error) {
	if d.closed {
		return 0, ErrClosed
	}
	if len(window) != windowSize {
		return 0, fmt.Errorf("%w: %d samples, want %d", ErrWindow, len(window), windowSize)
	}
	copy(d.input, d.input[windowSize:])
	for i, s := range window {
		d.input[context+i] = float32(s) / (1 << 15)
	}
	if err := d.engine.session.Run(d.in[:], d.out[:]); err != nil {
		return 0, fmt.Errorf("silero: %w", err)
	}
	d.in[1], d.out[1] = d.out[1], d.in[1] // the next window reads the new state and overwrites the old one
	return d.prob[0], nil
}

// Close frees the detector's memory. It may be called twice.
func (d *detector) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	d.free()
	d.engine.mu.Lock()
	defer d.engine.mu.Unlock()
	return d.engine.leave()
}

func (d *detector) free() {
	ort.Free(d.in[:]...)
	ort.Free(d.out[:]...)
}
