package rtpaudio

import "time"

// ringSize is how many packets can wait for a missing one before it: 1.3 s of 20 ms packets, far more than the
// reorder wait; it bounds a burst.
const ringSize = 64

type kind uint8

const (
	kindAudio kind = iota + 1
	kindOther      // takes a sequence number and brings no audio: keys, padding, unknown payload types
)

// held is a packet that came too early.
type held struct {
	kind    kind // zero: the place is free
	seq     uint16
	ts      uint32
	payload []byte // the ring's own memory, used again and again
	at      time.Time
}

// ring keeps packets that wait, by sequence number. They lie within ringSize behind the next one awaited.
type ring struct {
	slots [ringSize]held
	count int
}

func (r *ring) slot(seq uint16) *held { return &r.slots[seq%ringSize] }

// has tells whether this packet is here.
func (r *ring) has(seq uint16) bool {
	s := r.slot(seq)
	return s.kind != 0 && s.seq == seq
}

// put keeps a copy of a packet whose place is free.
func (r *ring) put(k kind, seq uint16, ts uint32, payload []byte, at time.Time) {
	s := r.slot(seq)
	s.kind, s.seq, s.ts, s.at = k, seq, ts, at
	s.payload = append(s.payload[:0], payload...)
	r.count++
}

// free gives the place of a packet back; its payload stays readable until the next put.
func (r *ring) free(seq uint16) {
	r.slot(seq).kind = 0
	r.count--
}

// first returns the sequence number of the first packet at or behind next. There must be one.
func (r *ring) first(next uint16) uint16 {
	for !r.has(next) {
		next++
	}
	return next
}

// oldest returns the time at which the first of the waiting packets came in.
func (r *ring) oldest() time.Time {
	var t time.Time
	for i := range r.slots {
		if s := &r.slots[i]; s.kind != 0 && (t.IsZero() || s.at.Before(t)) {
			t = s.at
		}
	}
	return t
}
