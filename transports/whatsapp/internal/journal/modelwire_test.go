package journal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
)

// weather is what becomes of requests to a store, for all processes.
type weather struct {
	mu     sync.Mutex
	random *rand.Rand
	mode   string // of weathers
	late   int    // how many changes came when nobody waited for them any more
}

// weathers are the modes. In all but the first two, reading fails now and then, too.
var weathers = []string{
	"fair",
	"brisk",  // it takes some milliseconds
	"refuse", // nothing is written
	"deaf",   // it is written, and the answer lost
	"flaky",  // one of these, or all is well
	"slow",   // it takes up to some seconds
	"hang",   // it takes for ever, and may be written after all when nobody waits any more
}

func (w *weather) set(mode string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mode = mode
}

// draw decides the fate of a request.
func (w *weather) draw() (mode string, coin bool, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	mode, coin, wait = w.mode, w.random.IntN(2) == 0, time.Duration(w.random.IntN(4000))*time.Millisecond
	if mode == "brisk" {
		wait = time.Duration(w.random.IntN(20)) * time.Millisecond
	}
	if mode == "flaky" {
		mode = weathers[w.random.IntN(4)]
	}
	return mode, coin, wait
}

// wire is how one process reaches the store; it can be cut for good.
type wire struct {
	services.Store
	*weather
	gone sync.Once
	cut  chan struct{}
}

func newWire(s services.Store, w *weather) *wire {
	return &wire{Store: s, weather: w, cut: make(chan struct{})}
}

func (w *wire) sever() { w.gone.Do(func() { close(w.cut) }) }

// change carries a request out, or does not.
func (w *wire) change(ctx context.Context, do func()) error {
	mode, coin, wait := w.draw()
	select {
	case <-w.cut:
		return errBroken
	default:
	}
	switch mode {
	case "refuse":
		return errBroken
	case "deaf":
		do()
		return errBroken
	case "slow", "hang", "brisk":
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over := timer.C
		if mode == "hang" {
			over = nil
		}
		err := errBroken
		select {
		case <-over:
			do()
			return nil
		case <-w.cut:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if coin { // it was on its way
			w.mu.Lock()
			w.late++
			w.mu.Unlock()
			time.AfterFunc(wait, do)
		}
		return err
	}
	do()
	return nil
}

func (w *wire) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	var (
		next uint64
		err  error
	)
	value = append([]byte(nil), value...)
	failed := w.change(ctx, func() { next, err = w.Store.Put(context.Background(), key, value, revision) })
	if failed != nil {
		return 0, fmt.Errorf("put %s: %w", key, failed)
	}
	return next, err
}

func (w *wire) Delete(ctx context.Context, key string) error {
	var err error
	if failed := w.change(ctx, func() { err = w.Store.Delete(context.Background(), key) }); failed != nil {
		return failed
	}
	return err
}

func (w *wire) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	mode, coin, wait := w.draw()
	select {
	case <-w.cut:
		return nil, 0, errBroken
	default:
	}
	switch {
	case mode == "slow" || mode == "brisk":
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	case mode != "fair" && coin:
		return nil, 0, errBroken
	}
	return w.Store.Get(ctx, key)
}
