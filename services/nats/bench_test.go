package nats_test

import (
	"fmt"
	"testing"
)

// BenchmarkPut shows what one change costs over loopback, by size of the value.
func BenchmarkPut(b *testing.B) {
	server := startServer(b, nil)
	for _, size := range []int{4_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := open(b, server.url())
			value := make([]byte, size)
			key := fmt.Sprint("size", size, "n", b.N)
			var rev uint64
			var err error
			for b.Loop() {
				if rev, err = s.Put(b.Context(), key, value, rev); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			if err := s.Delete(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkGet shows what one read costs over loopback, by size of the value.
func BenchmarkGet(b *testing.B) {
	server := startServer(b, nil)
	for _, size := range []int{4_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := open(b, server.url())
			key := fmt.Sprint("size", size)
			if err := s.Delete(b.Context(), key); err != nil {
				b.Fatal(err)
			}
			if _, err := s.Put(b.Context(), key, make([]byte, size), 0); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, err := s.Get(b.Context(), key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
