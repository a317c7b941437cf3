package conversation

import (
	"context"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services/memory"
)

func TestErrorsShowTheEndOfAKeyOnly(t *testing.T) {
	t.Parallel()
	const key = "15559990000"
	store := memory.New()
	if _, err := store.Put(context.Background(), key, []byte("{not JSON"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := NewBook(store).Open(context.Background(), key)
	if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "…0000") {
		t.Errorf("the error is %v", err)
	}
	for key, want := range map[string]string{"": "…", "0000": "…", "10000": "…0000", "Käseö": "…äseö"} {
		if got := shortKey(key); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}
