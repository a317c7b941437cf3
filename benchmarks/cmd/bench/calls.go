package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parley-voice/parley/benchmarks/calls"
	"github.com/parley-voice/parley/benchmarks/latency"
	"github.com/parley-voice/parley/benchmarks/report"
)

const (
	callsID   = "calls"
	callsWhat = "WhatsApp calls: how fast they are answered, what they leave behind, how many one core serves, bad networks."
	soakID    = "calls-soak"
	soakWhat  = "100 calls for five minutes over a bad network; fails if one is lost. Only if it is asked for."
)

// errMissed reports that a run whose purpose is to pass did not.
var errMissed = errors.New("a target was missed")

// measureCalls measures what was asked for about calls, and prints it.
func measureCalls(ctx context.Context, w io.Writer, wanted func(id string) bool, profiles bool, out string) (report.Calls, error) {
	var size calls.Size
	switch {
	case wanted(soakID):
		size = calls.Soak
	case wanted(callsID):
		size = calls.Full
	default:
		return report.Calls{}, nil
	}
	if profiles {
		size.Profiles = out
	}
	inputs, err := latency.Inputs(ctx)
	if err != nil {
		return report.Calls{}, err
	}
	c, err := calls.Measure(ctx, size, inputs[0].PCM)
	if err != nil {
		err = fmt.Errorf("calls: %w", err)
	}
	err = errors.Join(err, report.WriteCallTables(w, c))
	for _, t := range c.Targets {
		if wanted(soakID) && !t.Met {
			err = errors.Join(err, fmt.Errorf("%w: %s", errMissed, t.What))
		}
	}
	return c, err
}
