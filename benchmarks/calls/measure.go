package calls

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// Size is how much Measure measures.
type Size struct {
	Setups    int   // calls that are timed, by one
	Together  []int // calls that ring at the same moment, one figure each
	Cycles    int   // calls that come and go
	Kinds     []Kind
	Step      int // calls that are added at a time
	MostCalls int // where the search for the limit ends, if it has not
	LoadFor   time.Duration
	Profiles  string // folder that gets a CPU profile of each kind of bot; "" takes none

	Network    int // calls over a bad network
	NetworkFor time.Duration
}

// Full is what the figures in the documentation are made with; it takes about five minutes.
var Full = Size{
	Setups: 200, Together: []int{1, 20}, Cycles: 200,
	Kinds: []Kind{Media, Modelled, Silero}, Step: 10, MostCalls: 250, LoadFor: 5 * time.Second,
	Network: 20, NetworkFor: 30 * time.Second,
}

// Soak is the long run over a bad network alone.
var Soak = Size{Network: 100, NetworkFor: 5 * time.Minute}

// Measure measures calls. The speech is what callers and bots say.
func Measure(ctx context.Context, size Size, speech audio.PCM) (c report.Calls, err error) {
	with := func(kind Kind, use func(*rig) error) error {
		r, err := newRig(ctx, kind, speech)
		if err != nil {
			return err
		}
		if err := errors.Join(use(r), r.close()); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		return nil
	}
	if size.Setups > 0 || size.Cycles > 0 {
		err = with(Modelled, func(r *rig) error { return r.comeAndGo(ctx, size, &c) })
	}
	for _, kind := range size.Kinds {
		if err != nil {
			break
		}
		err = with(kind, func(r *rig) error {
			capacity, err := r.capacity(ctx, kind, size)
			c.Capacity = append(c.Capacity, capacity)
			return err
		})
	}
	if err == nil && size.Network > 0 {
		err = with(Modelled, func(r *rig) error {
			c.Network, err = r.network(ctx, size.Network, size.NetworkFor)
			return err
		})
	}
	c.Targets = Targets(c)
	return c, err
}

// comeAndGo measures how calls begin, and what is left of them.
func (r *rig) comeAndGo(ctx context.Context, size Size, c *report.Calls) error {
	for _, together := range size.Together {
		if _, err := r.ringTogether(ctx, together); err != nil { // the first ones open connections
			return err
		}
		s, err := r.setup(ctx, size.Setups, together)
		if err != nil {
			return err
		}
		c.Setups = append(c.Setups, s)
	}
	if size.Cycles == 0 {
		return nil
	}
	l, err := r.leftovers(ctx, size.Cycles)
	c.Left = l
	return err
}

// gaps says what became of the packets of a direction.
func gaps(s rtpaudio.Stats) report.AudioGaps {
	return report.AudioGaps{
		Packets: s.Received, Lost: s.Lost, Corrected: s.Recovered, Concealed: s.Concealed, Filled: s.Filled,
	}
}
