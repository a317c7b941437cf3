package whatsapp

import (
	"strconv"
	"testing"
	"time"
)

func TestSeen(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	s := newSeen(3, time.Minute)
	if !s.add("a", now) || s.add("a", now) || !s.has("a", now) {
		t.Error("a key is new once")
	}
	if later := now.Add(time.Minute); s.has("a", later) || !s.add("a", later) || s.add("a", later) {
		t.Error("a key is new again after the window, and then once")
	}
	for i := range 100 {
		s.add(strconv.Itoa(i), now)
		if len(s.at) > 3 || len(s.ring) > 3 {
			t.Fatalf("it keeps %d keys", len(s.at))
		}
	}
	if !s.has("99", now) || !s.has("97", now) || s.has("96", now) {
		t.Error("the oldest keys are forgotten first")
	}
}
