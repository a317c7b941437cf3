package hibari

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/services/hibari/internal/g2p"
	"github.com/parley-voice/parley/services/hibari/internal/vocoder"
)

// rate is the sampling rate of the voice in Hz.
const rate = vocoder.Rate

// Engine is the loaded model. It is a services.TTS and safe for concurrent use.
type Engine struct {
	config     config
	vocabulary vocabulary
	network    *network
	guesser    *guesser
	phonemizer *g2p.Phonemizer
	slots      chan struct{} // holds one for each sentence that is being computed
	vocoders   sync.Pool     // of *vocoder.Synthesizer

	mu     sync.Mutex
	closed bool
	users  sync.WaitGroup // calls of Synthesize
}

// New loads the model, in a few tenths of a second, and speaks a word to itself, because the first run is slower. The
// error says what to do if the model was never fetched.
func New(opts ...Option) (*Engine, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	e := &Engine{config: c, slots: make(chan struct{}, c.workers)}
	e.vocoders.New = func() any { return vocoder.New() }
	if err := e.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("hibari: %w", err), e.free())
	}
	for _, err := range e.speak(context.Background(), "Hello.") {
		if err != nil {
			return nil, errors.Join(fmt.Errorf("hibari: first run: %w", err), e.free())
		}
	}
	return e, nil
}

// load reads all files at the same time. Its goroutines end before it does.
func (e *Engine) load() error {
	var g errgroup.Group
	g.Go(func() (err error) { e.network, err = openNetwork(); return err })
	g.Go(func() (err error) { e.guesser, err = openGuesser(); return err })
	g.Go(func() (err error) { e.phonemizer, err = e.openPhonemizer(); return err })
	g.Go(func() (err error) {
		if e.vocabulary, err = openVocabulary(); err != nil {
			return err
		}
		return e.vocabulary.check(e.config.own)
	})
	return g.Wait()
}

func (e *Engine) openPhonemizer() (*g2p.Phonemizer, error) {
	var files g2p.Files
	var g errgroup.Group
	g.Go(func() (err error) { files.Gold, err = unpackFile("lexicon_us_gold.json.gz"); return err })
	g.Go(func() (err error) { files.Silver, err = unpackFile("lexicon_us_silver.json.gz"); return err })
	g.Go(func() (err error) { files.Tagger, err = unpackFile("tagger.json.gz"); return err })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p, err := g2p.New(files, e.config.own, func(word string) (string, error) { return e.guesser.guess(word) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return p, nil
}

// String returns "hibari".
func (e *Engine) String() string { return "hibari" }

// Close frees the model. It waits for calls of Synthesize, which end at their next piece of audio.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	e.users.Wait()
	return e.free()
}

func (e *Engine) free() error {
	var err error
	if e.network != nil {
		err = e.network.close()
	}
	if e.guesser != nil {
		err = errors.Join(err, e.guesser.close())
	}
	return err
}

// enter counts a user in, unless the engine is closed.
func (e *Engine) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.users.Add(1)
	}
	return !e.closed
}

func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// compute runs work while it holds one of the slots.
func (e *Engine) compute(ctx context.Context, work func() error) error {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-e.slots }()
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.isClosed() {
		return ErrClosed
	}
	return work()
}
