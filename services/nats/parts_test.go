package nats_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/nats"
)

// noise is a value that cannot be made smaller.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(b)
	return b
}

// messages is how many messages there are in a bucket.
func messages(t *testing.T, s *testServer, bucket string) int {
	t.Helper()
	status, err := bucketOf(t, s, bucket).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(status.Values())
}

// A value that does not fit into one message is kept in parts, which go with it, and never without it.
func TestValuesInParts(t *testing.T) {
	s := startServer(t, nil)
	const bucket = "large"
	one, other := open(t, s.url(), nats.WithBucket(bucket)), open(t, s.url(), nats.WithBucket(bucket))
	put := func(store *nats.Store, value []byte, at uint64) uint64 {
		t.Helper()
		next, err := store.Put(t.Context(), "wa/49151.x", value, at)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	same := func(store *nats.Store, want []byte, at uint64, kept int) {
		t.Helper()
		got, revision, err := store.Get(t.Context(), "wa/49151.x")
		if err != nil || !bytes.Equal(got, want) || revision != at {
			t.Errorf("%d bytes at %d, %v; want %d at %d", len(got), revision, err, len(want), at)
		}
		if n := messages(t, s, bucket); n != kept {
			t.Errorf("%d messages are kept, want %d", n, kept)
		}
	}
	at := put(one, noise(3<<20, 1), 0)
	same(one, noise(3<<20, 1), at, 5)
	same(other, noise(3<<20, 1), at, 5)
	if _, err := other.Put(t.Context(), "wa/49151.x", noise(5<<20, 2), at+1000); !errors.Is(err, services.ErrConflict) {
		t.Errorf("a write at a wrong revision: %v", err)
	}
	same(one, noise(3<<20, 1), at, 5)
	at = put(other, noise(2<<20, 3), at) // others in their place
	same(one, noise(2<<20, 3), at, 4)
	at = put(one, []byte("small"), at)
	same(other, []byte("small"), at, 1)
	at = put(other, noise(1<<20, 4), at)
	same(open(t, s.url(), nats.WithBucket(bucket)), noise(1<<20, 4), at, 3)
	if err := other.Delete(t.Context(), "wa/49151.x"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := one.Get(t.Context(), "wa/49151.x"); !errors.Is(err, services.ErrNotFound) || messages(t, s, bucket) != 0 {
		t.Errorf("of a deleted value: %v, %d messages are left", err, messages(t, s, bucket))
	}
}

// Whoever reads a large value while others write it gets one that was written, whole.
func TestLargeValuesAreReadWhole(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.MaxPayload = 4096 })
	writer, reader := open(t, s.url()), open(t, s.url())
	value := func(n int) []byte { return []byte(strings.Repeat(fmt.Sprintf("%04d", n), 5000)) }
	at, err := writer.Put(t.Context(), "k", value(0), 0)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() { // ends with the writer
		for reads := 0; ; reads++ {
			got, _, err := reader.Get(t.Context(), "k")
			var n int
			if err == nil {
				_, err = fmt.Sscanf(string(got[:4]), "%04d", &n)
			}
			if err != nil || !bytes.Equal(got, value(n)) {
				t.Errorf("read %d: %d bytes, %v", reads, len(got), err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for n := 1; n <= 50 && err == nil; n++ {
		at, err = writer.Put(t.Context(), "k", value(n), at)
	}
	close(done)
	wg.Wait()
	if err != nil {
		t.Error(err)
	}
}

// Parts that are gone, as a hand in the bucket can do, are an error that says so.
func TestPartsThatAreGone(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.MaxPayload = 4096 })
	store := open(t, s.url(), nats.WithBucket("b"))
	if _, err := store.Put(t.Context(), "k", noise(10_000, 1), 0); err != nil {
		t.Fatal(err)
	}
	bucket := bucketOf(t, s, "b")
	keys, err := bucket.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if strings.HasSuffix(key, ".1") {
			if err := bucket.Purge(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, _, err := store.Get(t.Context(), "k"); !errors.Is(err, nats.ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
}
