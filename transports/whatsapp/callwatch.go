package whatsapp

import (
	"fmt"
	"time"
)

// watch notices callers who vanish without a word: their connection dies, or it lives and no audio comes.
type watch struct {
	grace, silence time.Duration
	ticker         *time.Ticker
	tick           time.Duration
}

func newWatch(c Config) *watch {
	// A tenth of the shorter limit is exact enough, and a second often enough.
	return &watch{grace: c.DisconnectGrace, silence: c.SilenceTimeout,
		tick: min(time.Second, max(c.DisconnectGrace/10, time.Millisecond), max(c.SilenceTimeout/10, time.Millisecond))}
}

func (w *watch) start() {
	if w.ticker == nil {
		w.ticker = time.NewTicker(w.tick)
	}
}

func (w *watch) stop() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
}

// C ticks from start on.
func (w *watch) C() <-chan time.Time {
	if w.ticker == nil {
		return nil
	}
	return w.ticker.C
}

// check says whether the caller counts as lost.
func (w *watch) check(now time.Time, m *callMedia) error {
	if since := m.disturbedSince(); !since.IsZero() && now.Sub(since) >= w.grace {
		return fmt.Errorf("%w: the connection is dead", ErrMediaLost)
	}
	if quiet := now.Sub(m.lastHeard()); quiet >= w.silence {
		return fmt.Errorf("%w: no audio for %v", ErrMediaLost, quiet.Round(time.Second))
	}
	return nil
}
