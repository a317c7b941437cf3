package journal

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
)

var errBroken = errors.New("the disk is full")

// faulty is a store that can be made to fail.
type faulty struct {
	*memory.Store
	mu   sync.Mutex
	puts int
	// fault decides what becomes of a Put: whether it takes effect, and its error.
	fault func(key string) (applied bool, err error)
	delay time.Duration
	all   map[string]bool // keys that were written and not deleted
}

func newFaulty() *faulty { return &faulty{Store: memory.New(), all: map[string]bool{}} }

func (f *faulty) set(fault func(key string) (bool, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *faulty) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	f.mu.Lock()
	f.puts++
	fault := f.fault
	f.mu.Unlock()
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	if fault != nil {
		if applied, err := fault(key); err != nil {
			if applied {
				f.put(ctx, key, value, revision)
			}
			return 0, err
		}
	}
	return f.put(ctx, key, value, revision)
}

// written counts the Puts.
func (f *faulty) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.puts
}

func (f *faulty) put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	n, err := f.Store.Put(ctx, key, value, revision)
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.all[key] = true
	}
	return n, err
}

func (f *faulty) Delete(ctx context.Context, key string) error {
	f.mu.Lock()
	delete(f.all, key)
	f.mu.Unlock()
	return f.Store.Delete(ctx, key)
}

// count counts the keys that contain a text.
func (f *faulty) count(text string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.all {
		if strings.Contains(k, text) {
			n++
		}
	}
	return n
}

// damage overwrites the stored value of a key.
func (f *faulty) damage(key string, change func([]byte) []byte) {
	v, revision, err := f.Get(context.Background(), key)
	if err == nil {
		_, err = f.Store.Put(context.Background(), key, change(v), revision)
	}
	if err != nil {
		panic(err)
	}
}

var _ services.Store = (*faulty)(nil)
