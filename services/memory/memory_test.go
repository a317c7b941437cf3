package memory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/services/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) services.Store { return memory.New() })
}

func TestClosed(t *testing.T) {
	var s memory.Store // the zero value is ready
	if _, err := s.Put(t.Context(), "k", nil, 0); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, _, err := s.Get(t.Context(), "k"); !errors.Is(err, memory.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func ExampleNew() {
	ctx := context.Background()
	store := memory.New()
	defer store.Close()
	revision, _ := store.Put(ctx, "greeting", []byte("hello"), 0)
	_, err := store.Put(ctx, "greeting", []byte("too late"), revision+1)
	value, _, _ := store.Get(ctx, "greeting")
	fmt.Println(string(value), errors.Is(err, services.ErrConflict))
	// Output: hello true
}

// What is to be kept for the next process is not put in here.
func TestItDoesNotPersist(t *testing.T) {
	if services.Persists(memory.New()) || services.Persists(nil) {
		t.Error("memory is said to outlive the process")
	}
	if !services.Persists(struct{ services.Store }{memory.New()}) {
		t.Error("a store that says nothing is said not to persist")
	}
}
