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

// writers is how many users write at the same time.
const writers = 64

// filled is how many conversations are stored with one request.
const filled = 10_000

// idle has the bot's process store the conversations of many users, and lets some of them write. It weighs the bot before
// and after each.
func (r *rig) idle(ctx context.Context, users, some int) (report.TextIdle, error) {
	i := report.TextIdle{Users: users}
	if _, err := r.write(ctx, 1_000_000, time.Now()); err != nil { // what is made once is made now
		return i, err
	}
	before, err := r.usage(ctx, true)
	if err != nil {
		return i, err
	}
	began := time.Now()
	for first := 0; first < users; first += filled {
		if _, err := r.get(ctx, fmt.Sprintf("%s/fill?first=%d&users=%d", r.url, first, min(filled, users-first))); err != nil {
			return i, fmt.Errorf("text: conversations could not be stored: %w", err)
		}
	}
	i.Rate = float64(users) / time.Since(began).Seconds()
	after, err := r.usage(ctx, true)
	if err != nil {
		return i, err
	}
	i.Heap = after.Heap - before.Heap
	i.Goroutines = after.Goroutines - before.Goroutines
	info, err := os.Stat(r.file)
	if err != nil {
		return i, fmt.Errorf("text: %w", err)
	}
	i.Stored = info.Size()
	if i.Wrote = min(some, users); i.Wrote == 0 {
		return i, nil
	}
	if err := r.writeAll(ctx, i.Wrote); err != nil {
		return i, err
	}
	last, err := r.quiet(ctx)
	i.WroteHeap = last.Heap - after.Heap
	return i, err
}

// writeAll lets each of the first users write once.
func (r *rig) writeAll(ctx context.Context, users int) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
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
		return *err
	}
	return nil
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
