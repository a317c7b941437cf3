package moonshine

import (
	"context"
	"fmt"
	"sync"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// Engine is the loaded model. It is a services.STT and safe for concurrent use.
type Engine struct {
	model reader
	slots chan struct{} // holds one for each stretch being read
	max   int           // samples of an utterance

	mu     sync.Mutex
	users  int // the engine itself until it is closed, and its open transcriptions
	closed bool
}

// reader turns a stretch of speech into text.
type reader interface {
	read(ctx context.Context, samples []int16) (string, error)
	close() error
}

// New loads the model and runs it once, for the first run is slower. That takes about half a second and 250 MB. The
// error says what to do if the model was never fetched.
func New(opts ...Option) (*Engine, error) {
	c := defaults()
	for _, opt := range opts {
		opt(&c)
	}
	m, err := loadModel()
	if err != nil {
		return nil, fmt.Errorf("moonshine: %w", err)
	}
	if _, err := m.read(context.Background(), make([]int16, rate)); err != nil {
		_ = m.close() // the error above tells more
		return nil, fmt.Errorf("moonshine: %w", err)
	}
	return newEngine(m, c), nil
}

func newEngine(r reader, c config) *Engine {
	return &Engine{
		model: r,
		slots: make(chan struct{}, c.concurrency),
		max:   audio.Mono(rate).Samples(c.maxLength),
		users: 1,
	}
}

// String returns "moonshine".
func (e *Engine) String() string { return "moonshine" }

// Open begins the transcription of one utterance of mono audio at 16 kHz.
func (e *Engine) Open(ctx context.Context, f audio.Format) (services.Transcription, error) {
	if f != audio.Mono(rate) {
		return nil, &services.ErrFormat{Engine: "moonshine", Got: f, Want: audio.Mono(rate).String()}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	e.users++
	return newTranscription(ctx, e), nil
}

// Close frees the model as soon as no transcription uses it any more. No new ones can be opened.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	return e.leave()
}

// leave takes one user away and frees the model after the last one.
func (e *Engine) leave() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.users--
	if e.users > 0 {
		return nil
	}
	return e.model.close()
}

// read reads one stretch of speech as soon as fewer than the allowed number are being read.
func (e *Engine) read(ctx context.Context, samples []int16) (string, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return e.model.read(ctx, samples)
}
