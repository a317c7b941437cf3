package rtpaudio_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/rtpaudio"
)

func TestInOrderPassesAtOnce(t *testing.T) {
	c := newCall(t)
	in := talk(t, 50)
	for i, a := range in {
		now := c.zero.Add(a.at)
		c.r.Receive(a.p, now)
		if len(c.frames) != i+1 || !c.frames[i].Arrived.Equal(now) {
			t.Fatalf("after packet %d there are %d frames", i, len(c.frames))
		}
	}
	if diff := cmp.Diff(decoded(t, in), c.pcm()); diff != "" {
		t.Error("the audio differs from what a decoder makes")
	}
	c.stats(rtpaudio.Stats{Received: 50})
}

func TestReorderedAndDuplicated(t *testing.T) {
	in := talk(t, 50)
	for i := range in {
		switch i % 10 {
		case 3: // overtaken by two
			in[i].at += 45 * ms
		case 7: // twice, and once more much later
			in = append(in, arrival{in[i].at + 1*ms, in[i].p}, arrival{in[i].at + 200*ms, in[i].p})
		}
	}
	c := newCall(t)
	c.play(in, 980*ms)
	if diff := cmp.Diff(decoded(t, talk(t, 50)), c.pcm()); diff != "" {
		t.Error("the audio differs from what came in order")
	}
	c.stats(rtpaudio.Stats{Received: 59, Duplicated: 9}) // the last copy comes after the end
}

func TestNumbersWrap(t *testing.T) {
	in := talk(t, 50, rtpaudio.WithStart(65536-20, 1<<32-25*960-1))
	in[19].at, in[20].at = in[20].at, in[19].at // across the wrap
	c := newCall(t)
	c.play(in, 980*ms)
	if diff := cmp.Diff(decoded(t, talk(t, 50)), c.pcm()); diff != "" {
		t.Error("the audio differs from what came in order")
	}
	c.stats(rtpaudio.Stats{Received: 50})
}

func TestLossIsRecoveredFromTheNextPacket(t *testing.T) {
	in := talk(t, 100)
	c := newCall(t)
	c.play(without(in, 30, 50, 51), 1980*ms)
	if got := len(c.frames); got != 100 {
		t.Fatalf("%d frames, want 100: time must not shrink", got)
	}
	c.stats(rtpaudio.Stats{Received: 97, Lost: 3, Recovered: 2, Concealed: 1})
	// The recovered frame is the lost one, coarser: closer to it than silence by far.
	want := decoded(t, in)
	errPower, got := 0.0, c.pcm()
	for i := 30 * 320; i < 31*320; i++ {
		d := float64(got[i]) - float64(want[i])
		errPower += d * d / 320
	}
	if ref := power(want[30*320 : 31*320]); errPower > ref/4 {
		t.Errorf("error power of the recovered frame %.0f, of the frame itself %.0f", errPower, ref)
	}
}

func TestAHoleWaitsNoLongerThanItMust(t *testing.T) {
	in := without(talk(t, 50), 20)
	c := newCall(t)
	waiting := 0
	for _, a := range in {
		c.r.Receive(a.p, c.zero.Add(a.at))
		c.r.Tick(c.zero.Add(a.at))
		sent := int(a.at/(20*ms)) + 1
		waiting = max(waiting, sent-len(c.frames))
	}
	// Packet 21 waits from 420 ms to 480 ms, when 24 has come: 20 to 23 are then behind.
	if waiting != 4 {
		t.Errorf("at most %d frames behind, want 4", waiting)
	}
	if len(c.frames) != 50 {
		t.Errorf("%d frames at the end, want 50", len(c.frames))
	}
}

func TestLossOfAllForAWhile(t *testing.T) {
	lost := make([]int, 30)
	for i := range lost {
		lost[i] = 40 + i
	}
	c := newCall(t)
	c.play(without(talk(t, 150), lost...), 2980*ms)
	if got := len(c.frames); got != 150 {
		t.Errorf("%d frames, want 150", got)
	}
	if p := power(c.pcm()[50*320 : 65*320]); p != 0 {
		t.Errorf("long after the last packet there is power %.0f, want silence", p)
	}
	s := c.r.Stats()
	if s.Lost != 30 || s.Recovered+s.Concealed != 30 || s.Filled < 500*ms {
		t.Errorf("stats: %+v", s)
	}
}

// A sender that sends nothing in silence: its timestamps go on, its sequence does not.
func TestSilenceWithoutPackets(t *testing.T) {
	in := talk(t, 100)
	for i := 50; i < 100; i++ { // the second half is said two seconds later
		in[i].at += 2 * time.Second
		in[i].p.Timestamp += 2 * 48000
	}
	c := newCall(t)
	spoke := time.Duration(0)
	c.play(in[:50], 980*ms)
	for now := 1000 * ms; now < 2980*ms; now += 20 * ms {
		before := len(c.frames)
		c.r.Tick(c.zero.Add(now))
		if spoke == 0 && len(c.frames) > before {
			spoke = now
		}
		// A VAD that wants 200 ms of silence has them 200 ms after the last packet.
		if now == 1180*ms && len(c.frames) != 60 {
			t.Errorf("200 ms after the last packet there are %d frames, want 60", len(c.frames))
		}
	}
	if spoke != 1080*ms {
		t.Errorf("the clock filled in first at %v, want 1080ms: 100 ms after the last packet", spoke)
	}
	for _, a := range in[50:] {
		c.r.Receive(a.p, c.zero.Add(a.at))
	}
	if got := len(c.frames); got != 200 {
		t.Errorf("%d frames, want 200: 4 s", got)
	}
	c.stats(rtpaudio.Stats{Received: 100, Filled: 1980 * ms})
}

// A network that holds everything back and then lets it go: no word is lost, and the extra silence is taken out
// again when the speaker is silent for long.
func TestStalledNetwork(t *testing.T) {
	in := talk(t, 100)
	s, err := rtpaudio.NewSender(111, rtpaudio.WithSSRC(7), rtpaudio.WithStart(1100, 50000+100*960))
	if err != nil {
		t.Fatal(err)
	}
	for i := 100; i < 300; i++ {
		p, err := s.Silence()
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, arrival{time.Duration(i) * 20 * ms, p.Clone()})
	}
	for i := range in {
		if in[i].at >= 500*ms && in[i].at < 1000*ms {
			in[i].at = 1000 * ms
		}
	}
	c := newCall(t)
	c.play(in, 1980*ms)
	if got := len(c.frames); got != 125 {
		t.Errorf("after 2 s with a stall of 0.5 s: %d frames, want 125", got)
	}
	c.play(in[100:], 0) // everything again, as duplicates: nothing happens
	c = newCall(t)
	c.play(in, 5980*ms)
	if got := len(c.frames); got != 300 {
		t.Errorf("at the end %d frames, want 300, as many as were sent", got)
	}
	st := c.r.Stats()
	if st.Lost != 0 || st.Late != 0 || st.Filled != st.Trimmed {
		t.Errorf("stats: %+v", st)
	}
}

func TestSenderClockDrift(t *testing.T) {
	s, err := rtpaudio.NewSender(111, rtpaudio.WithSSRC(7))
	if err != nil {
		t.Fatal(err)
	}
	for _, ppm := range []time.Duration{-1000, 1000} {
		var in []arrival
		const n = 60 * 50
		for i := range n {
			p, err := s.Silence()
			if err != nil {
				t.Fatal(err)
			}
			at := time.Duration(i) * 20 * ms
			in = append(in, arrival{at + at*ppm/1e6, p.Clone()})
		}
		c := newCall(t)
		c.play(in, in[n-1].at+20*ms)
		if len(c.frames) != n {
			t.Errorf("%d ppm: %d frames, want %d", ppm, len(c.frames), n)
		}
		c.stats(rtpaudio.Stats{Received: n})
	}
}

func TestJitterBelowTheStallWait(t *testing.T) {
	in := talk(t, 200)
	for i := range in {
		in[i].at += time.Duration(i*7919%70) * ms
	}
	c := newCall(t)
	c.play(in, 4100*ms)
	got := c.pcm()
	want := decoded(t, talk(t, 200))
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("%d samples, not the %d that were sent; %+v", len(got), len(want), c.r.Stats())
	}
}

func TestGarbageIsConcealed(t *testing.T) {
	in := clone(talk(t, 50))
	in[20].p.Payload = []byte{0x03}
	in[30].p.Payload = []byte{0xff, 0xff, 0xff}
	c := newCall(t)
	c.play(in, 980*ms)
	if got := len(c.frames); got != 50 {
		t.Errorf("%d frames, want 50", got)
	}
	c.stats(rtpaudio.Stats{Received: 50, Malformed: 2, Concealed: 2})
}

func TestPaddingAndUnknownTypesTakeNoTime(t *testing.T) {
	in := talk(t, 50)
	var probed []arrival
	for i, a := range clone(in) {
		a.p.SequenceNumber = uint16(1000 + 3*i)
		probe, noise := a.p.Clone(), a.p.Clone()
		probe.SequenceNumber, probe.Payload, probe.Header.Padding, probe.PaddingSize = uint16(1001+3*i), nil, true, 200
		noise.SequenceNumber, noise.PayloadType = uint16(1002+3*i), 13
		probed = append(probed, a, arrival{a.at, probe}, arrival{a.at, noise})
	}
	c := newCall(t)
	c.play(probed, 980*ms)
	if diff := cmp.Diff(decoded(t, in), c.pcm()); diff != "" {
		t.Error("the audio differs from what comes without")
	}
	c.stats(rtpaudio.Stats{Received: 150, Unknown: 50})
}

func TestNewSSRC(t *testing.T) {
	old, young := talk(t, 50), talk(t, 100, rtpaudio.WithSSRC(8), rtpaudio.WithStart(9, 9))[50:]
	intruder := talk(t, 1, rtpaudio.WithSSRC(9))[0]
	intruder.at = 500 * ms
	for i := range young {
		young[i].at += 300 * ms
	}
	c := newCall(t)
	c.play(append(append(slices.Clone(old), intruder), young...), 2280*ms)
	s := c.r.Stats()
	if s.Foreign != 1 || s.Restarts != 1 || s.Lost != 0 || s.Late != 0 {
		t.Errorf("stats: %+v", s)
	}
	if n := len(c.frames); n < 113 || n > 116 { // 100 that were sent and 300 ms between them, give or take a tick
		t.Errorf("%d frames", n)
	}
}

func TestSenderBeginsAnew(t *testing.T) {
	for name, start := range map[string]rtpaudio.SenderOption{
		"just below":   rtpaudio.WithStart(900, 1),
		"far below":    rtpaudio.WithStart(1000+65536-30000, 1<<31),
		"far above":    rtpaudio.WithStart(1000+20000, 77),
		"a bit above":  rtpaudio.WithStart(1500, 1<<30),
		"within reach": rtpaudio.WithStart(1060, 1<<30),
	} {
		t.Run(name, func(t *testing.T) {
			first, second := talk(t, 50), talk(t, 100, start)
			for i := range second {
				second[i].at += 1000 * ms
			}
			c := newCall(t)
			c.play(append(first, second...), 2980*ms)
			if n := len(c.frames); n < 144 || n > 152 {
				t.Errorf("%d frames, want about 150; %+v", n, c.r.Stats())
			}
			tail := decoded(t, talk(t, 100))
			if p, want := power(c.pcm()[len(c.pcm())-3200:]), power(tail[len(tail)-3200:]); p < want/2 || p > want*2 {
				t.Errorf("the speech at the end has power %.0f, want about %.0f", p, want)
			}
			if c.r.Stats().Restarts == 0 {
				t.Error("no restart counted")
			}
		})
	}
}

func TestTimestampJumps(t *testing.T) {
	for name, jump := range map[string]uint32{"ahead": 1 << 20, "far ahead": 1 << 30, "back": 1<<32 - 5000, "far back": 1 << 31} {
		t.Run(name, func(t *testing.T) {
			in := clone(talk(t, 50))
			for i := 25; i < 50; i++ {
				in[i].p.Timestamp += jump
			}
			c := newCall(t)
			c.play(in, 980*ms)
			if diff := cmp.Diff(decoded(t, talk(t, 50)), c.pcm()); diff != "" {
				t.Error("the audio differs from what comes without the jump")
			}
			c.stats(rtpaudio.Stats{Received: 50, Restarts: 1})
		})
	}
}

func TestHugeBurstIsBounded(t *testing.T) {
	in := talk(t, 1000)
	for i := range in {
		in[i].at = 0
	}
	c := newCall(t)
	c.play(without(in, 1, 500), 0)
	c.play(nil, 80*ms)
	if n := len(c.frames); n != 1000 {
		t.Errorf("%d frames, want 1000; %+v", n, c.r.Stats())
	}
	if s := c.r.Stats(); s.Lost != 2 {
		t.Errorf("stats: %+v", s)
	}
}

func TestSilenceBeforeTheFirstPacket(t *testing.T) {
	c := newCall(t)
	c.play(nil, 1000*ms)
	if n := len(c.frames); n != 50 || power(c.pcm()) != 0 {
		t.Errorf("%d frames of power %.0f, want 50 of silence", n, power(c.pcm()))
	}
	for _, a := range talk(t, 10) {
		c.r.Receive(a.p, c.zero.Add(1000*ms+a.at))
	}
	c.stats(rtpaudio.Stats{Received: 10, Filled: time.Second})
}

func TestAProcessThatStoodStill(t *testing.T) {
	c := newCall(t)
	in := talk(t, 10)
	c.play(in, 180*ms)
	c.r.Tick(c.zero.Add(time.Hour))
	if n := len(c.frames); n != 60 {
		t.Errorf("an hour without a tick gives %d frames at once, want 10 and one second's", n)
	}
}

func TestBadConfiguration(t *testing.T) {
	nop := newCall(t).deliver
	for name, make := range map[string]func() (*rtpaudio.Receiver, error){
		"no payload type":   func() (*rtpaudio.Receiver, error) { return rtpaudio.NewReceiver(rtpaudio.Payloads{}, nop) },
		"type out of range": func() (*rtpaudio.Receiver, error) { return rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: 128}, nop) },
		"events out of range": func() (*rtpaudio.Receiver, error) {
			return rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: 111, Events: 200}, nop)
		},
		"same type": func() (*rtpaudio.Receiver, error) {
			return rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: 111, Events: 111}, nop)
		},
		"no deliver": func() (*rtpaudio.Receiver, error) { return rtpaudio.NewReceiver(whatsapp, nil) },
		"reorder wait": func() (*rtpaudio.Receiver, error) {
			return rtpaudio.NewReceiver(whatsapp, nop, rtpaudio.WithReorderWait(time.Minute))
		},
		"stall wait": func() (*rtpaudio.Receiver, error) {
			return rtpaudio.NewReceiver(whatsapp, nop, rtpaudio.WithStallWait(0))
		},
		"event clock": func() (*rtpaudio.Receiver, error) {
			return rtpaudio.NewReceiver(whatsapp, nop, rtpaudio.WithEventClock(1))
		},
	} {
		if r, err := make(); r != nil || !errorsIs(err, rtpaudio.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
}

func TestReceiveAllocatesOnlyWhatItGivesAway(t *testing.T) {
	c := newCall(t)
	in := talk(t, 50)
	c.frames = slices.Grow(c.frames, 10000)
	i, now := 0, c.zero
	receive := func() {
		p := in[i%len(in)].p
		p.SequenceNumber, p.Timestamp = uint16(i), uint32(i*960)
		now = now.Add(20 * ms)
		c.r.Receive(p, now)
		c.r.Tick(now)
		i++
	}
	receive()
	if n := testing.AllocsPerRun(1000, receive); n > 2 { // the samples and the frame
		t.Errorf("%v allocations a packet, want at most 2", n)
	}
}

func FuzzReceive(f *testing.F) {
	for _, a := range talk(f, 3) {
		b, err := a.p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint8(20))
	}
	f.Add([]byte{0x80, 126, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0x80, 3, 32}, uint8(60))
	f.Add([]byte{0xb0, 111, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 9, 9, 9, 3}, uint8(200))
	good := talk(f, 2)
	f.Fuzz(func(t *testing.T, raw []byte, gap uint8) {
		c := newCall(t)
		now := c.zero
		c.r.Receive(good[0].p, now)
		var p rtp.Packet
		if p.Unmarshal(raw) == nil {
			for i := range uint16(3) { // itself, the same as the speaker's next, and a follower
				now = now.Add(time.Duration(gap) * ms)
				c.r.Receive(&p, now)
				p.SSRC, p.SequenceNumber = 7, p.SequenceNumber+i
				c.r.Tick(now)
			}
		}
		before := len(c.frames)
		for range 20 {
			now = now.Add(20 * ms)
			c.r.Tick(now)
		}
		if len(c.frames) <= before {
			t.Fatal("media time stands still")
		}
		if limit := 1 + 20 + 3*(6+50) + 50; len(c.frames) > limit {
			t.Fatalf("%d frames out of 4 packets and a second", len(c.frames))
		}
	})
}
