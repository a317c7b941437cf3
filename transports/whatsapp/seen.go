package whatsapp

import "time"

// seen remembers keys for a while, and at most so many: the oldest are forgotten first. Its owner guards it.
type seen struct {
	window time.Duration
	at     map[string]time.Time
	ring   []string // the keys by age; next is the oldest one's place once it is full
	next   int
}

func newSeen(capacity int, window time.Duration) *seen {
	return &seen{window: window, at: make(map[string]time.Time), ring: make([]string, 0, capacity)}
}

// has reports whether the key was added within the window.
func (s *seen) has(key string, now time.Time) bool {
	t, ok := s.at[key]
	return ok && now.Sub(t) < s.window
}

// add remembers a key and reports whether it is new.
func (s *seen) add(key string, now time.Time) bool {
	if s.has(key, now) {
		return false
	}
	_, expired := s.at[key]
	s.at[key] = now
	switch {
	case expired: // its place in the ring is kept
	case len(s.ring) < cap(s.ring):
		s.ring = append(s.ring, key)
	default:
		delete(s.at, s.ring[s.next])
		s.ring[s.next] = key
		s.next = (s.next + 1) % len(s.ring)
	}
	return true
}
