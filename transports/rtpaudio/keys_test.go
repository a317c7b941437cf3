package rtpaudio_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// event is the payload of one telephone-event packet.
func event(code byte, end bool, duration uint16) []byte {
	b := []byte{code, 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], duration)
	return b
}

// withKey puts a key into a conversation: a packet every 20 ms instead of audio from time `at` on, for n packets,
// and the last one three times. The audio goes on behind it.
func withKey(in []arrival, at, n int, code byte) []arrival {
	var out []arrival
	seq, ts := in[0].p.SequenceNumber, in[at].p.Timestamp
	add := func(when time.Duration, p *rtp.Packet) {
		p.SequenceNumber = seq
		seq++
		out = append(out, arrival{when, p})
	}
	for i, a := range clone(in) {
		if i < at || i >= at+n {
			add(a.at, a.p)
			continue
		}
		k := i - at
		p := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 126, SSRC: 7, Timestamp: ts, Marker: k == 0}}
		p.Payload = event(code, k == n-1, uint16((k+1)*160))
		add(a.at, p)
		if k == n-1 {
			add(a.at, p.Clone())
			add(a.at, p.Clone())
		}
	}
	return out
}

func TestKeyDoesNotDisturbTheAudio(t *testing.T) {
	in := talk(t, 100)
	c := newCall(t)
	c.play(withKey(in, 40, 10, 5), 1980*ms)
	want := []frame.DTMF{{Digit: '5', Duration: 200 * ms}}
	if diff := cmp.Diff(want, c.keys); diff != "" {
		t.Error(diff)
	}
	if n := len(c.frames); n != 100 {
		t.Errorf("%d frames, want 100", n)
	}
	s := c.r.Stats()
	if s.Lost != 0 || s.Concealed != 0 || s.Malformed != 0 || s.Restarts != 0 || s.Events != 1 {
		t.Errorf("stats: %+v", s)
	}
	pcm := c.pcm()
	if p := power(pcm[46*320 : 50*320]); p != 0 {
		t.Errorf("while the key is down there is power %.0f, want silence", p)
	}
	loudest := 0
	for i := 1; i < len(pcm); i++ {
		loudest = max(loudest, abs(int(pcm[i])-int(pcm[i-1])))
	}
	limit := 0
	clean := decoded(t, in)
	for i := 1; i < len(clean); i++ {
		limit = max(limit, abs(int(clean[i])-int(clean[i-1])))
	}
	if loudest > limit*5/4 {
		t.Errorf("a step of %d between samples, %d without the key: a click", loudest, limit)
	}
}

func abs(x int) int { return max(x, -x) }

// Keys that are sent beside audio which goes on, as WhatsApp may.
func TestKeyBesideAudio(t *testing.T) {
	in := talk(t, 60)
	var mixed []arrival
	seq := uint16(1000)
	for i, a := range clone(in) {
		a.p.SequenceNumber = seq
		seq++
		mixed = append(mixed, a)
		if i >= 20 && i < 30 {
			mixed = append(mixed, arrival{a.at, &rtp.Packet{
				Header:  rtp.Header{Version: 2, PayloadType: 126, SSRC: 7, SequenceNumber: seq, Timestamp: in[20].p.Timestamp, Marker: i == 20},
				Payload: event(11, i >= 27, uint16(min(i-19, 8)*160)),
			}})
			seq++
		}
	}
	c := newCall(t)
	c.play(mixed, 1180*ms)
	if diff := cmp.Diff([]frame.DTMF{{Digit: '#', Duration: 160 * ms}}, c.keys); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(decoded(t, in), c.pcm()); diff != "" {
		t.Error("the audio differs from what comes without the key")
	}
}

func TestKeys(t *testing.T) {
	type packet struct {
		at       time.Duration
		ts       uint32
		marker   bool
		code     byte
		end      bool
		duration uint16
	}
	for _, tc := range []struct {
		name string
		in   []packet
		want []frame.DTMF
	}{
		{"end three times", []packet{{0, 960, true, 1, false, 160}, {50 * ms, 960, false, 1, true, 400}, {60 * ms, 960, false, 1, true, 400}, {70 * ms, 960, false, 1, true, 400}},
			[]frame.DTMF{{Digit: '1', Duration: 50 * ms}}},
		{"all but one end lost", []packet{{60 * ms, 960, false, 10, true, 800}},
			[]frame.DTMF{{Digit: '*', Duration: 100 * ms}}},
		{"no end, then another key", []packet{{0, 960, true, 2, false, 160}, {100 * ms, 5760, true, 3, true, 160}},
			[]frame.DTMF{{Digit: '2', Duration: 20 * ms}, {Digit: '3', Duration: 20 * ms}}},
		{"no end at all", []packet{{0, 960, true, 15, false, 320}},
			[]frame.DTMF{{Digit: 'D', Duration: 40 * ms}}},
		{"the same key twice", []packet{{0, 960, true, 7, true, 160}, {100 * ms, 5760, true, 7, true, 160}},
			[]frame.DTMF{{Digit: '7', Duration: 20 * ms}, {Digit: '7', Duration: 20 * ms}}},
		{"reordered: the end first", []packet{{0, 960, false, 4, true, 480}, {1 * ms, 960, true, 4, false, 160}, {2 * ms, 960, false, 4, false, 320}},
			[]frame.DTMF{{Digit: '4', Duration: 60 * ms}}},
		{"an old key's packet behind a new key", []packet{{0, 960, true, 4, true, 480}, {100 * ms, 5760, true, 5, false, 160}, {110 * ms, 960, false, 4, true, 480}, {120 * ms, 5760, false, 5, true, 320}},
			[]frame.DTMF{{Digit: '4', Duration: 60 * ms}, {Digit: '5', Duration: 40 * ms}}},
		{"held for longer than one event can say", []packet{{0, 960, true, 9, false, 0xffff}, {20 * ms, 960 + 0xffff*6, false, 9, false, 160}, {40 * ms, 960 + 0xffff*6, false, 9, true, 8000}},
			[]frame.DTMF{{Digit: '9', Duration: time.Duration(0xffff+8000) * time.Second / 8000}}},
		{"a flash is no key", []packet{{0, 960, true, 16, true, 160}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCall(t)
			var in []arrival
			for i, p := range tc.in {
				in = append(in, arrival{p.at, &rtp.Packet{
					Header:  rtp.Header{Version: 2, PayloadType: 126, SSRC: 7, SequenceNumber: uint16(i), Timestamp: p.ts, Marker: p.marker},
					Payload: event(p.code, p.end, p.duration),
				}})
			}
			c.play(in, 500*ms)
			if diff := cmp.Diff(tc.want, c.keys); diff != "" {
				t.Error(diff)
			}
			if s := c.r.Stats(); s.Malformed != 0 || s.Events != uint64(len(tc.want)) {
				t.Errorf("stats: %+v", s)
			}
		})
	}
}

func TestEventClock(t *testing.T) {
	c := newCall(t, rtpaudio.WithEventClock(48000))
	c.r.Receive(&rtp.Packet{Header: rtp.Header{PayloadType: 126}, Payload: event(0, true, 4800)}, c.zero)
	if diff := cmp.Diff([]frame.DTMF{{Digit: '0', Duration: 100 * ms}}, c.keys); diff != "" {
		t.Error(diff)
	}
}

func TestMalformedEvent(t *testing.T) {
	c := newCall(t)
	c.r.Receive(&rtp.Packet{Header: rtp.Header{PayloadType: 126}, Payload: []byte{1, 2, 3}}, c.zero)
	c.stats(rtpaudio.Stats{Received: 1, Malformed: 1})
}
