package rtpaudio_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	libopus "gopkg.in/hraban/opus.v2"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// talkIn returns speech in packets of another length.
func talkIn(t *testing.T, packet, total time.Duration) []arrival {
	t.Helper()
	enc, err := libopus.NewEncoder(16000, 1, libopus.AppVoIP)
	if err != nil {
		t.Fatal(err)
	}
	n := audio.Mono(16000).Samples(packet)
	speech := voice(16000, audio.Mono(16000).Samples(total))
	buf := make([]byte, 4000)
	var out []arrival
	for i := 0; (i+1)*n <= len(speech); i++ {
		size, err := enc.Encode(speech[i*n:(i+1)*n], buf)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, arrival{time.Duration(i+1) * packet, &rtp.Packet{
			Header:  rtp.Header{Version: 2, PayloadType: 111, SSRC: 7, SequenceNumber: uint16(i), Timestamp: uint32(i * n * 3)},
			Payload: append([]byte(nil), buf[:size]...),
		}})
	}
	return out
}

func TestPacketsOfOtherLengths(t *testing.T) {
	for _, packet := range []time.Duration{2500 * time.Microsecond, 5 * ms, 10 * ms, 40 * ms, 60 * ms} {
		t.Run(packet.String(), func(t *testing.T) {
			in := talkIn(t, packet, 1200*ms)
			c := newCall(t)
			c.play(in, 1200*ms)
			want := decoded(t, in)
			if got := c.pcm(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Error("the audio differs from what a decoder makes")
			}
			c.stats(rtpaudio.Stats{Received: uint64(len(in))})

			c = newCall(t)
			c.play(without(in, len(in)/2), 1260*ms)
			if n := len(c.frames); n != 60 {
				t.Errorf("with one packet lost: %d frames, want 60; %+v", n, c.r.Stats())
			}
		})
	}
}

func TestSenderWithDTX(t *testing.T) {
	s := newSender(t, rtpaudio.WithEncoder(opus.WithDTX(true)))
	var in []arrival
	for i := range 300 {
		speech := voice(16000, 320)
		if i >= 50 {
			clear(speech)
		}
		p, err := s.Audio(audio.PCM{Format: audio.Mono(16000), Samples: speech})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Payload) > 2 || i%7 == 0 { // most of the empty packets are not sent, and then nor is their number
			p := p.Clone()
			p.SequenceNumber = uint16(len(in))
			in = append(in, arrival{time.Duration(i) * 20 * ms, p})
		}
	}
	if len(in) > 150 {
		t.Fatalf("%d packets: there is no DTX", len(in))
	}
	c := newCall(t)
	c.play(in, 5980*ms)
	if n := len(c.frames); n < 298 || n > 302 {
		t.Errorf("%d frames, want about 300; %+v", n, c.r.Stats())
	}
	if s := c.r.Stats(); s.Malformed+s.Lost+s.Restarts != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// Networks of all kinds of badness: media time is never far from the sender's, and every lost packet is accounted for.
func TestBadNetworks(t *testing.T) {
	all := talk(t, 500)
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		loss, twice, jitter := rnd.Float64()*0.2, rnd.Float64()*0.1, time.Duration(rnd.IntN(120)+1)*ms
		sent := 0
		var in []arrival
		for _, a := range all {
			if rnd.Float64() < loss {
				continue
			}
			sent++
			a.at += time.Duration(rnd.Int64N(int64(jitter)))
			in = append(in, a)
			if rnd.Float64() < twice {
				sent++
				a.at += time.Duration(rnd.Int64N(int64(100 * ms)))
				in = append(in, a)
			}
		}
		c := newCall(t)
		c.play(in, 10220*ms)
		s := c.r.Stats()
		if s.Received != uint64(sent) || s.Lost != s.Recovered+s.Concealed || s.Late > s.Lost || s.Restarts+s.Malformed != 0 {
			t.Errorf("seed %d: %d packets, %+v", seed, sent, s)
		}
		got := time.Duration(len(c.frames)) * 20 * ms
		if least := 10*time.Second - 300*ms; got < least || got > 10*time.Second+s.Filled {
			t.Errorf("seed %d: loss of %.0f %%, jitter %v: 10 s became %v; %+v", seed, loss*100, jitter, got, s)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	var mu sync.Mutex
	frames := 0
	r, err := rtpaudio.NewReceiver(whatsapp, func(pipeline.Frame) {
		mu.Lock()
		frames++
		mu.Unlock()
	})
	if err != nil {
		t.Fatal(err)
	}
	in := talk(t, 100)
	start := time.Unix(0, 0)
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, a := range in {
			r.Receive(a.p, start.Add(a.at))
		}
	})
	wg.Go(func() {
		for i := range 100 {
			r.Tick(start.Add(time.Duration(i) * 20 * ms))
			r.Stats()
		}
	})
	wg.Wait()
	if frames < 100 {
		t.Errorf("%d frames, want at least 100", frames)
	}
}

// As a transport uses it: one goroutine reads packets, another ticks.
func TestAsATransportUsesIt(t *testing.T) {
	in := talk(t, 50)
	synctest.Test(t, func(t *testing.T) {
		var ends []frame.Position
		r, err := rtpaudio.NewReceiver(whatsapp, func(f pipeline.Frame) {
			if a, ok := f.(frame.AudioIn); ok {
				ends = append(ends, a.At+320)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { // ends when the speaker falls silent
			for _, a := range in {
				time.Sleep(20 * ms)
				r.Receive(a.p, time.Now())
			}
		})
		wg.Go(func() { // ends with the call, 2 s in
			tick := time.NewTicker(20 * ms)
			defer tick.Stop()
			for range 100 {
				r.Tick(<-tick.C)
			}
		})
		wg.Wait()
		if got := ends[len(ends)-1].Time(16000); got != 2*time.Second {
			t.Errorf("after 2 s of call there are %v of audio", got)
		}
	})
}

func ExampleReceiver() {
	r, err := rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: 111, Events: 126}, func(f pipeline.Frame) {
		switch f := f.(type) { // in a transport: out.Push(f)
		case frame.AudioIn:
			fmt.Println(f.PCM.Duration(), "at", f.At)
		case frame.DTMF:
			fmt.Println("key", string(f.Digit))
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := rtpaudio.NewSender(111)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Now()
	for range 2 {
		packet, err := s.Silence() // or s.Audio(pcm)
		if err != nil {
			fmt.Println(err)
			return
		}
		r.Receive(packet, now)
		now = now.Add(20 * time.Millisecond)
	}
	// Output:
	// 20ms at 0
	// 20ms at 320
}
