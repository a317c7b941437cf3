package whatsapp

import (
	"testing"
	"testing/synctest"
	"time"
)

// The clock neither drifts nor loses a packet when a step takes long, and gives up only what is hopelessly late.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		quit, done := make(chan struct{}), make(chan struct{})
		begin := time.Now()
		var at []time.Duration
		go func() {
			defer close(done)
			pace(quit, func(time.Time) {
				at = append(at, time.Since(begin))
				switch len(at) {
				case 10:
					<-time.After(70 * time.Millisecond) // three packets become late
				case 100:
					<-time.After(time.Second) // far too late to be made good
				}
			}, func(time.Time, time.Duration) {})
		}()
		<-time.After(10*time.Second + time.Millisecond)
		close(quit)
		<-done
		if at[0] != 0 {
			t.Errorf("the first packet leaves after %v", at[0])
		}
		for i, d := range at[:100] {
			if ideal := time.Duration(i) * packetTime; d < ideal || d > ideal+70*time.Millisecond {
				t.Errorf("packet %d leaves at %v, not at %v", i, d, ideal)
			}
		}
		// 501 without the standstill of a second; that costs 50, and less than the late ones that are sent.
		if n := len(at); n < 450 || n > 465 {
			t.Errorf("%d packets in 10 s", n)
		}
	})
}
