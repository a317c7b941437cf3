//go:build unix

package bolt_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/services/bolt"
)

// BenchmarkRate puts 2,000 values of 2 KB a second, four at a time, as a busy bot does, and tells how much of the processor
// a Put takes and how long it waits. In one run the keys come again every second, in the other never.
func BenchmarkRate(b *testing.B) {
	for name, keys := range map[string]int{"again": 2000, "new": 1 << 30} {
		b.Run(name, func(b *testing.B) {
			s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			revisions := make(map[string]uint64)
			if revisions["first"], err = s.Put(b.Context(), "first", nil, 0); err != nil {
				b.Fatal(err)
			}
			var mu sync.Mutex
			var waits []time.Duration
			value := make([]byte, 2000)
			b.ReportAllocs()
			b.ResetTimer()
			used, began := processorTime(b), time.Now()
			var wg sync.WaitGroup
			for i := range b.N {
				if i%4 == 0 {
					time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / 2000))) // not an event, but the clock
				}
				wg.Go(func() { // ends with the Put
					key := fmt.Sprint(uint32(i%keys)*2654435761, i%keys) // anywhere among the others
					mu.Lock()
					revision := revisions[key]
					mu.Unlock()
					t := time.Now()
					revision, err := s.Put(b.Context(), key, value, revision)
					wait := time.Since(t)
					if err != nil {
						b.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					revisions[key], waits = revision, append(waits, wait)
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(waits)
			b.ReportMetric(float64((processorTime(b)-used).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(waits[len(waits)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-µs")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
