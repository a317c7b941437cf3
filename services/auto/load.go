package auto

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/parley-voice/parley/services"
)

// Engines is all that a bot which talks and writes needs.
type Engines struct {
	*Voice
	LLM   *Brain
	Store services.Store
}

// Load chooses and loads everything at the same time. What was loaded is closed again if something fails; the error
// tells of everything that does.
func Load(ctx context.Context, cfg Config) (*Engines, error) {
	e := &Engines{}
	var errs [3]error
	var loading sync.WaitGroup // each loader ends within the deadlines of its engines
	loading.Go(func() { e.Voice, errs[0] = Speech(ctx) })
	loading.Go(func() { e.LLM, errs[1] = LLM(ctx, cfg) })
	loading.Go(func() { e.Store, errs[2] = Store(cfg.Store) })
	loading.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Engines says what serves, by role: "vad", "stt", "llm" and "tts".
func (e *Engines) Engines() map[string]Engine {
	all := maps.Clone(e.Voice.Engines())
	all["llm"] = e.LLM.Engine()
	return all
}

// Close frees everything. The calls must have ended before.
func (e *Engines) Close() error {
	var err error
	if e.Voice != nil {
		err = errors.Join(err, e.Voice.Close())
	}
	if e.LLM != nil {
		err = errors.Join(err, e.LLM.Close())
	}
	if e.Store != nil {
		err = errors.Join(err, e.Store.Close())
	}
	return err
}
