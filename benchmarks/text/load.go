package text

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
	"github.com/parley-voice/parley/benchmarks/report"
)

// load lets users write at a steady rate, whether the bot keeps up or not. A rate of 0 is one message at a time.
func (r *rig) load(ctx context.Context, rate, messages, users int) (report.TextLoad, error) {
	before, err := r.usage(ctx, false)
	if err != nil {
		return report.TextLoad{}, err
	}
	busy := cores.Busy(r.core)
	var mu sync.Mutex
	var webhook, request []time.Duration
	var errs []error
	one := func(user int, due time.Time) {
		t, err := r.write(ctx, user, due)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			errs = append(errs, err)
			return
		}
		webhook, request = append(webhook, t.webhook), append(request, t.request)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i := range messages {
		if rate == 0 {
			one(i%users, time.Now())
			continue
		}
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if d := time.Until(due); d > 0 {
			time.Sleep(d) // not an event, but the clock
		}
		wg.Go(func() { one(i%users, due) }) // ends with the message's answer
	}
	wg.Wait()
	took := time.Since(began)
	after, err := r.usage(ctx, false)
	if len(errs) > 0 {
		err = errors.Join(err, errs[0]) // the others will say the same
	}
	l := report.TextLoad{
		Store: r.kind(), Messages: messages, Wanted: rate, Rate: float64(len(request)) / took.Seconds(),
		Webhook: report.Summarize(webhook), Request: report.Summarize(request), Failed: len(errs),
		CPU: (after.CPU - before.CPU).Seconds() / took.Seconds(),
	}
	if b := (cores.Busy(r.core) - busy).Seconds() / took.Seconds(); b > l.CPU {
		l.Others = b - l.CPU
	}
	return l, err
}

// kind names the store.
func (r *rig) kind() string {
	if r.file != "" {
		return "file"
	}
	return "memory"
}

// profile writes a CPU profile of the bot to a file, of the next few seconds.
func (r *rig) profile(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	for from, to := range map[string]string{"profile?seconds=4": path, "heap": path + ".heap"} {
		body, err := r.get(ctx, r.url+"/debug/pprof/"+from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}
