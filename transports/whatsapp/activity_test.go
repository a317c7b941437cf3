package whatsapp

import (
	"testing"
	"time"
)

func TestUsersAreActiveForADay(t *testing.T) {
	t.Parallel()
	var a activity
	start := time.Unix(1_790_000_000, 0)
	if n := a.active(start); n != 0 {
		t.Errorf("%d are active before anybody was", n)
	}
	a.note("ada", start)
	a.note("bob", start.Add(time.Hour))
	a.note("bob", start.Add(2*time.Hour))
	for _, tt := range []struct {
		at   time.Duration
		want int
	}{{2 * time.Hour, 2}, {24*time.Hour - 1, 2}, {24 * time.Hour, 1}, {26 * time.Hour, 0}} {
		if n := a.active(start.Add(tt.at)); n != tt.want {
			t.Errorf("after %v: %d, want %d", tt.at, n, tt.want)
		}
	}
}
