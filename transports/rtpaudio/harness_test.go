package rtpaudio_test

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

const ms = time.Millisecond

var whatsapp = rtpaudio.Payloads{Opus: 111, Events: 126}

// call is a Receiver under test with a network in virtual time.
type call struct {
	t      testing.TB
	r      *rtpaudio.Receiver
	zero   time.Time
	frames []frame.AudioIn
	keys   []frame.DTMF
}

func newCall(t testing.TB, opts ...rtpaudio.ReceiverOption) *call {
	t.Helper()
	c := &call{t: t, zero: time.Unix(1_000_000, 0)}
	r, err := rtpaudio.NewReceiver(whatsapp, c.deliver, opts...)
	if err != nil {
		t.Fatal(err)
	}
	c.r = r
	return c
}

// deliver checks what must hold for every frame whatever comes in.
func (c *call) deliver(f pipeline.Frame) {
	switch f := f.(type) {
	case frame.DTMF:
		c.keys = append(c.keys, f)
	case frame.AudioIn:
		want := frame.Position(0)
		if n := len(c.frames); n > 0 {
			want = c.frames[n-1].At + 320
		}
		if f.At != want || len(f.PCM.Samples) != 320 || f.PCM.Format != audio.Mono(16000) || f.Arrived.IsZero() {
			c.t.Fatalf("frame %d: at %d with %d samples of %v, arrived %v; want at %d, 320 samples of 16000 Hz mono",
				len(c.frames), f.At, len(f.PCM.Samples), f.PCM.Format, f.Arrived, want)
		}
		c.frames = append(c.frames, f)
	default:
		c.t.Fatalf("delivered a %T", f)
	}
}

// arrival is a packet and when it comes in, since the start of the call.
type arrival struct {
	at time.Duration
	p  *rtp.Packet
}

// play lets packets come in at their times, in the given order if at once, and ticks every 20 ms until the end.
func (c *call) play(in []arrival, until time.Duration) {
	c.t.Helper()
	in = slices.Clone(in)
	slices.SortStableFunc(in, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	for now := time.Duration(0); now <= until; now += 20 * ms {
		for len(in) > 0 && in[0].at <= now {
			c.r.Receive(in[0].p, c.zero.Add(in[0].at))
			in = in[1:]
		}
		c.r.Tick(c.zero.Add(now))
	}
}

// pcm is all that was delivered.
func (c *call) pcm() []int16 {
	var out []int16
	for _, f := range c.frames {
		out = append(out, f.PCM.Samples...)
	}
	return out
}

// stats fails the test unless the counters are as wanted.
func (c *call) stats(want rtpaudio.Stats) {
	c.t.Helper()
	if got := c.r.Stats(); got != want {
		c.t.Errorf("stats:\n got %+v\nwant %+v", got, want)
	}
}

// voice makes speech-like audio: harmonics of a gliding pitch, in syllables.
func voice(rate, samples int) []int16 {
	pcm := make([]int16, samples)
	phase := 0.0
	for i := range pcm {
		t := float64(i) / float64(rate)
		phase += (140 + 30*math.Sin(2*math.Pi*1.3*t)) / float64(rate)
		v := 0.0
		for h := 1; h <= 18; h++ {
			v += math.Sin(2*math.Pi*phase*float64(h)) / float64(h)
		}
		pcm[i] = int16(5000 * v * (0.55 + 0.45*math.Sin(2*math.Pi*3.1*t)))
	}
	return pcm
}

// talk returns packets of speech, one every 20 ms from time zero.
func talk(t testing.TB, n int, opts ...rtpaudio.SenderOption) []arrival {
	t.Helper()
	opts = append([]rtpaudio.SenderOption{rtpaudio.WithSSRC(7), rtpaudio.WithStart(1000, 50000)}, opts...)
	s, err := rtpaudio.NewSender(111, opts...)
	if err != nil {
		t.Fatal(err)
	}
	speech := voice(16000, n*320)
	out := make([]arrival, n)
	for i := range out {
		p, err := s.Audio(audio.PCM{Format: audio.Mono(16000), Samples: speech[i*320 : (i+1)*320]})
		if err != nil {
			t.Fatal(err)
		}
		out[i] = arrival{time.Duration(i) * 20 * ms, p.Clone()}
	}
	return out
}

// decoded is what a decoder makes of packets that come in order and whole.
func decoded(t testing.TB, in []arrival) []int16 {
	t.Helper()
	dec, err := opus.NewDecoder(16000)
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	pcm := make([]int16, dec.MaxSamples())
	for _, a := range in {
		n, err := dec.Decode(a.p.Payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, pcm[:n]...)
	}
	return out
}

// without returns the packets but those with the given indices.
func without(in []arrival, lost ...int) []arrival {
	var out []arrival
	for i, a := range in {
		if !slices.Contains(lost, i) {
			out = append(out, a)
		}
	}
	return out
}

func power(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum / float64(max(1, len(pcm)))
}

// clone copies packets so that a test may change them.
func clone(in []arrival) []arrival {
	out := slices.Clone(in)
	for i := range out {
		out[i].p = out[i].p.Clone()
	}
	return out
}
