package text

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// writers is how many users write at the same time while the sessions are made.
const writers = 64

// idle lets many users write once, and weighs the bot before and after.
func (r *rig) idle(ctx context.Context, users int) (report.TextIdle, error) {
	i := report.TextIdle{Users: users}
	if _, err := r.write(ctx, 1_000_000, time.Now()); err != nil { // what is made once is made now
		return i, err
	}
	before, err := r.usage(ctx, true)
	if err != nil {
		return i, err
	}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() { // ends when all have written
			for u := next.Add(1); u <= int64(users) && failed.Load() == nil; u = next.Add(1) {
				if _, err := r.write(ctx, int(u), time.Now()); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return i, *err
	}
	i.Rate = float64(users) / time.Since(began).Seconds()
	after, err := r.quiet(ctx)
	if err != nil {
		return i, err
	}
	i.Heap = after.Heap - before.Heap
	i.Goroutines = after.Goroutines - before.Goroutines
	if r.file != "" {
		info, err := os.Stat(r.file)
		if err != nil {
			return i, fmt.Errorf("text: %w", err)
		}
		i.Stored = info.Size()
	}
	return i, nil
}

// quiet waits until the bot answers nobody any more, and says what it uses then.
func (r *rig) quiet(ctx context.Context) (usage, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		u, err := r.usage(ctx, true)
		if err != nil || u.Answering == 0 {
			return u, err
		}
	}
}
