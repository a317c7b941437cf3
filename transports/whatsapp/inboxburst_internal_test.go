package whatsapp

import (
	"testing"
	"time"
)

func TestWhenABurstIsAnswered(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	start := time.Unix(1_790_000_000, 0)
	for _, tt := range []struct{ last, want time.Duration }{
		{0, 300 * ms}, {200 * ms, 500 * ms}, {699 * ms, 999 * ms}, {701 * ms, 1000 * ms}, {5000 * ms, 1000 * ms},
	} {
		if got := settledAt(start, start.Add(tt.last), 300*ms, 1000*ms).Sub(start); got != tt.want {
			t.Errorf("last after %v: answered after %v, want %v", tt.last, got, tt.want)
		}
	}
}
