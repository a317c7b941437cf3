package rtpaudio_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// pressed presses keys, one after the other, and returns all packets.
func pressed(t *testing.T, s *rtpaudio.Sender, keys string) (packets []rtp.Packet) {
	t.Helper()
	for _, key := range keys {
		if err := s.Press(key); err != nil {
			t.Fatal(err)
		}
		for {
			p, err := s.Key()
			if err != nil {
				t.Fatal(err)
			}
			if p == nil {
				break
			}
			packet := *p
			packet.Payload = append([]byte(nil), p.Payload...)
			packets = append(packets, packet)
		}
	}
	return packets
}

// A key is packets with one timestamp and rising durations in the row of the audio's numbers, and its end comes three
// times.
func TestPress(t *testing.T) {
	t.Parallel()
	s, err := rtpaudio.NewSender(111, rtpaudio.WithEvents(126), rtpaudio.WithStart(math.MaxUint16-1, math.MaxUint32-960))
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Silence()
	if err != nil {
		t.Fatal(err)
	}
	seq, ts := first.SequenceNumber, first.Timestamp
	packets := pressed(t, s, "#")
	if len(packets) != 10 {
		t.Fatalf("%d packets, want 10: 100 ms of key and 100 ms of pause", len(packets))
	}
	for i, p := range packets {
		if want := seq + uint16(i) + 1; p.SequenceNumber != want {
			t.Errorf("packet %d has the number %d, want %d", i, p.SequenceNumber, want)
		}
		if i >= 7 { // the pause
			if p.PayloadType != 111 || p.Timestamp != ts+960*uint32(i+1) || p.Marker != (i == 7) {
				t.Errorf("packet %d of the pause: %v", i, p.String())
			}
			continue
		}
		duration, end := binary.BigEndian.Uint16(p.Payload[2:]), p.Payload[1]&0x80 != 0
		if p.PayloadType != 126 || p.SSRC != first.SSRC || p.Timestamp != ts+960 || p.Marker != (i == 0) || p.Payload[0] != 11 ||
			p.Payload[1]&0x3f != 10 || end != (i >= 4) || duration != uint16(160*min(i+1, 5)) {
			t.Errorf("packet %d: %v", i, p.String())
		}
	}
}

// What a Sender presses, a Receiver hears, once each, and the speech before and behind.
func TestReceiverHearsKeys(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]func(i int) bool{
		"all packets arrive":     func(int) bool { return false },
		"every third is lost":    func(i int) bool { return i%3 == 1 },
		"two of three ends, too": func(i int) bool { return i%10 == 4 || i%10 == 5 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var heard strings.Builder
			r, err := rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: 111, Events: 126}, func(f pipeline.Frame) {
				if key, ok := f.(frame.DTMF); ok {
					heard.WriteRune(key.Digit)
					if key.Duration < 60*time.Millisecond || key.Duration > 100*time.Millisecond {
						t.Errorf("%c for %v", key.Digit, key.Duration)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := rtpaudio.NewSender(111, rtpaudio.WithEvents(126))
			if err != nil {
				t.Fatal(err)
			}
			const keys = "0123456789*#ABCD5555"
			now := time.Unix(1000, 0)
			for i, p := range pressed(t, s, keys) {
				now = now.Add(20 * time.Millisecond)
				if !lost(i) {
					r.Receive(&p, now)
				}
				r.Tick(now)
			}
			for range 20 {
				now = now.Add(20 * time.Millisecond)
				r.Tick(now)
			}
			if heard.String() != keys {
				t.Errorf("heard %q, want %q", heard.String(), keys)
			}
		})
	}
}

func TestPressWhatCannotBePressed(t *testing.T) {
	t.Parallel()
	mute, err := rtpaudio.NewSender(111)
	if err != nil {
		t.Fatal(err)
	}
	s, err := rtpaudio.NewSender(111, rtpaudio.WithEvents(126))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Press('1'); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"a letter": s.Press('x'), "no type": mute.Press('1'), "two at once": s.Press('2'),
	} {
		if !errors.Is(err, rtpaudio.ErrKey) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for _, bad := range []uint8{111, 128, 255} {
		if _, err := rtpaudio.NewSender(111, rtpaudio.WithEvents(bad)); !errors.Is(err, rtpaudio.ErrConfig) {
			t.Errorf("payload type %d: got %v", bad, err)
		}
	}
	// Between keys and speech the numbers go on.
	before, _ := s.Key()
	seq := before.SequenceNumber
	p, err := s.Audio(audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 320)})
	if err != nil || p.SequenceNumber != seq+1 || p.PayloadType != 111 || !p.Marker {
		t.Errorf("the packet behind a key is %v, %v", p, err)
	}
}
