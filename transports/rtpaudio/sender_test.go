package rtpaudio_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

func errorsIs(err, target error) bool { return errors.Is(err, target) }

func newSender(t testing.TB, opts ...rtpaudio.SenderOption) *rtpaudio.Sender {
	t.Helper()
	s, err := rtpaudio.NewSender(111, append([]rtpaudio.SenderOption{rtpaudio.WithSSRC(7)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSenderNumbersOnThroughSilence(t *testing.T) {
	s := newSender(t, rtpaudio.WithStart(65534, 1<<32-960))
	speech := audio.PCM{Format: audio.Mono(24000), Samples: voice(24000, 480)}
	for i, step := range []struct {
		speak, marker bool
	}{{false, false}, {true, true}, {true, false}, {false, false}, {true, true}, {true, false}} {
		var p *rtp.Packet
		var err error
		if step.speak {
			p, err = s.Audio(speech)
		} else {
			p, err = s.Silence()
		}
		if err != nil {
			t.Fatal(err)
		}
		wantSeq, wantTS := uint16(65534+i), uint32(960*i)-960
		if p.SequenceNumber != wantSeq || p.Timestamp != wantTS || p.Marker != step.marker || p.PayloadType != 111 || p.SSRC != 7 || p.Version != 2 {
			t.Errorf("packet %d: %+v; want sequence number %d, timestamp %d, marker %v", i, p.Header, wantSeq, wantTS, step.marker)
		}
		if n, err := opus.PacketSamples(p.Payload, 48000); n != 960 || err != nil {
			t.Errorf("packet %d lasts %d samples at 48 kHz, %v; want 960", i, n, err)
		}
	}
}

func TestSenderRefuses(t *testing.T) {
	s := newSender(t, rtpaudio.WithStart(5, 0))
	for _, pcm := range []audio.PCM{
		{},
		{Format: audio.Mono(16000), Samples: make([]int16, 319)},
		{Format: audio.Mono(11025), Samples: make([]int16, 222)},
		{Format: audio.Mono(-16000)},
		{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: make([]int16, 640)},
	} {
		if _, err := s.Audio(pcm); !errors.Is(err, rtpaudio.ErrFrame) {
			t.Errorf("%d samples of %v: %v, want ErrFrame", pcm.Len(), pcm.Format, err)
		}
	}
	if _, err := s.Audio(audio.PCM{Format: audio.Mono(15991), Samples: make([]int16, 320)}); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("an odd rate: %v, want audio.ErrFormat", err)
	}
	if p, err := s.Silence(); err != nil || p.SequenceNumber != 5 {
		t.Errorf("after refusals: %v, %v; want sequence number 5", p, err)
	}
	if _, err := rtpaudio.NewSender(0); !errors.Is(err, rtpaudio.ErrConfig) {
		t.Errorf("payload type 0: %v, want ErrConfig", err)
	}
	if _, err := rtpaudio.NewSender(111, rtpaudio.WithEncoder(opus.WithComplexity(99))); !errors.Is(err, opus.ErrOption) {
		t.Errorf("complexity 99: %v, want opus.ErrOption", err)
	}
}

// What the far end hears where speech meets ready-made silence: quiet within two packets, and speech as it would be
// without the pause.
func TestSpeechAndSilenceMeetWithoutNoise(t *testing.T) {
	for _, rate := range []int{8000, 16000, 22050, 24000, 44100, 48000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			s, n := newSender(t), rate/50
			c := newCall(t)
			speech := voice(rate, 100*n)
			now := c.zero
			send := func(p *rtp.Packet, err error) {
				if err != nil {
					t.Fatal(err)
				}
				c.r.Receive(p, now)
				now = now.Add(20 * ms)
			}
			for spurt := range 4 {
				for i := range 25 {
					k := (25*spurt + i) * n
					send(s.Audio(audio.PCM{Format: audio.Mono(rate), Samples: speech[k : k+n]}))
				}
				for range 25 {
					send(s.Silence())
				}
			}
			pcm := c.pcm()
			for spurt := range 4 {
				said := pcm[spurt*16000 : spurt*16000+8000]
				quiet := pcm[spurt*16000+8000+2*320 : (spurt+1)*16000]
				want := power(speech[25*spurt*n : 25*(spurt+1)*n])
				if p := power(said); math.Abs(10*math.Log10(p/want)) > 3 {
					t.Errorf("spurt %d has power %.0f, want %.0f", spurt, p, want)
				}
				if p := power(quiet); p > 100 { // -70 dBFS
					t.Errorf("silence %d has power %.0f", spurt, p)
				}
			}
		})
	}
}

func TestSenderChangesRates(t *testing.T) {
	s := newSender(t)
	c := newCall(t)
	now := c.zero
	for _, rate := range []int{8000, 24000, 16000, 48000} {
		speech, n := voice(rate, rate), rate/50
		for i := range 50 {
			p, err := s.Audio(audio.PCM{Format: audio.Mono(rate), Samples: speech[i*n : (i+1)*n]})
			if err != nil {
				t.Fatal(err)
			}
			c.r.Receive(p, now)
			now = now.Add(20 * ms)
		}
	}
	want := power(voice(16000, 16000))
	for i := range 4 {
		if p := power(c.pcm()[i*16000 : (i+1)*16000]); math.Abs(10*math.Log10(p/want)) > 3 {
			t.Errorf("part %d has power %.0f, want %.0f", i, p, want)
		}
	}
}

// 20 ms at 11025 Hz are 220 and a half samples: by turns 220 and 221. Nothing may get lost or be put between.
func TestSenderResamples(t *testing.T) {
	const hz = 700
	s, c := newSender(t, rtpaudio.WithEncoder(opus.WithBitrate(64000))), newCall(t)
	tone := make([]int16, 11025*2)
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/11025))
	}
	now, sent := c.zero, 0
	for i := range 99 {
		n := 220 + i%2
		p, err := s.Audio(audio.PCM{Format: audio.Mono(11025), Samples: tone[sent : sent+n]})
		if err != nil {
			t.Fatal(err)
		}
		sent += n
		c.r.Receive(p, now)
		now = now.Add(20 * ms)
	}
	// A tone without breaks has all of its power at its frequency.
	pcm := c.pcm()[3200:30000]
	var re, im float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / 16000)
		re, im = re+float64(v)*cos, im+float64(v)*sin
	}
	n := float64(len(pcm))
	if share := 2 * (re*re + im*im) / n / n / power(pcm); share < 0.99 {
		t.Errorf("%.3f of the power is at the tone's frequency, want 0.99 at least", share)
	}
}

func TestSenderDoesNotAllocate(t *testing.T) {
	for _, rate := range []int{24000, 22050} {
		s := newSender(t)
		speech := audio.PCM{Format: audio.Mono(rate), Samples: voice(rate, rate/50)}
		turn := func() {
			_, _ = s.Audio(speech)
			for range 10 {
				_, _ = s.Silence()
			}
		}
		turn()
		if n := testing.AllocsPerRun(100, turn); n != 0 {
			t.Errorf("%d Hz: %v allocations", rate, n)
		}
	}
}

func BenchmarkSilence(b *testing.B) {
	s := newSender(b)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = s.Silence()
	}
}

func BenchmarkReceive(b *testing.B) {
	c := newCall(b)
	in := talk(b, 50)
	i, now := 0, c.zero
	b.ReportAllocs()
	for b.Loop() {
		p := in[i%len(in)].p
		p.SequenceNumber, p.Timestamp = uint16(i), uint32(i*960)
		now = now.Add(20 * ms)
		c.r.Receive(p, now)
		c.r.Tick(now)
		if i++; i%1000 == 0 {
			c.frames = c.frames[len(c.frames)-1:]
		}
	}
}
