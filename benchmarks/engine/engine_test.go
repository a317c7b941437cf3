package engine

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCost(t *testing.T) {
	for _, stages := range []int{0, 1, 10} {
		c, err := Cost(t.Context(), stages, 500)
		if err != nil {
			t.Fatal(err)
		}
		if c.Stages != stages || c.PerFrame.P50 <= 0 || c.PerFrame.P99 < c.PerFrame.P50 || c.BurstPerFrame <= 0 {
			t.Errorf("%d stages: not a measurement: %+v", stages, c)
		}
	}
}

func TestFlush(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := Flush(ctx, 5, 20)
	if err != nil {
		t.Fatal(err)
	}
	// With full queues, what is dead must go without the sink taking any of it.
	if got.P50 <= 0 || got.P50 > time.Second {
		t.Errorf("not a measurement: %+v", got)
	}
}

func BenchmarkCost10(b *testing.B) {
	if _, err := Cost(b.Context(), 10, b.N); err != nil {
		b.Fatal(err)
	}
}
