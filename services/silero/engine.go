package silero

import (
	"fmt"
	"sync"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// Engine is the loaded model. It is a services.VAD and safe for concurrent use.
type Engine struct {
	mu      sync.Mutex
	session *ort.Session
	users   int // the engine itself until it is closed, and its open detectors
	closed  bool
}

// New loads the model. The error says what to do if it was never fetched.
func New(opts ...Option) (*Engine, error) {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	if c.model == "" {
		path, err := models.File(models.Silero, models.SileroModel)
		if err != nil {
			return nil, fmt.Errorf("silero: %w", err)
		}
		c.model = path
	}
	session, err := ort.OpenFile(c.model, []string{"input", "state", "sr"}, []string{"output", "stateN"})
	if err != nil {
		return nil, fmt.Errorf("silero: %w", err)
	}
	return &Engine{session: session, users: 1}, nil
}

// String returns "silero".
func (e *Engine) String() string { return "silero" }

// NewDetector returns a detector for one stream of mono audio at 16 kHz. It is for one goroutine at a time.
func (e *Engine) NewDetector(f audio.Format) (services.Detector, error) {
	if f != audio.Mono(rate) {
		return nil, &services.ErrFormat{Engine: "silero", Got: f, Want: audio.Mono(rate).String()}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	d, err := newDetector(e)
	if err != nil {
		return nil, fmt.Errorf("silero: %w", err)
	}
	e.users++
	return d, nil
}

// Close frees the model as soon as no detector uses it any more. No new detectors can be made.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	return e.leave()
}

// leave takes one user away and frees the model after the last one. The lock is held.
func (e *Engine) leave() error {
	e.users--
	if e.users > 0 {
		return nil
	}
	return e.session.Close()
}
