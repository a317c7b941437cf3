package opus_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio/opus"
)

var rates = []int{8000, 12000, 16000, 24000, 48000}

// voice makes audio that libopus takes for speech: harmonics of a gliding pitch, in syllables.
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

func power(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum / float64(max(1, len(pcm)))
}

// packets encodes audio into packets of 20 ms.
func packets(t testing.TB, rate int, pcm []int16, opts ...opus.Option) [][]byte {
	t.Helper()
	enc, err := opus.NewEncoder(rate, opts...)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for n := enc.FrameSamples(); len(pcm) >= n; pcm = pcm[n:] {
		p, err := enc.Encode(nil, pcm[:n])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// correlation finds how alike two signals are at the delay that suits best, 0 to 1.
func correlation(a, b []int16, maxDelay int) float64 {
	best := 0.0
	for d := range maxDelay {
		n := min(len(a), len(b)-d)
		dot := 0.0
		for i := range n {
			dot += float64(a[i]) * float64(b[i+d])
		}
		best = max(best, dot/float64(n)/math.Sqrt(power(a[:n])*power(b[d:d+n])))
	}
	return best
}

func TestRoundTripStraightTo16kHz(t *testing.T) {
	for _, rate := range rates {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			dec, err := opus.NewDecoder(16000)
			if err != nil {
				t.Fatal(err)
			}
			var got []int16
			pcm := make([]int16, dec.MaxSamples())
			for i, p := range packets(t, rate, voice(rate, rate)) {
				n, err := dec.Decode(p, pcm)
				if err != nil || n != 320 {
					t.Fatalf("packet %d: %d samples, %v; want 320", i, n, err)
				}
				got = append(got, pcm[:n]...)
			}
			if c := correlation(voice(16000, 16000), got, 400); c < 0.8 {
				t.Errorf("correlation of input and output = %.3f, want at least 0.8", c)
			}
		})
	}
}

func TestRecoverIsBetterThanConceal(t *testing.T) {
	stream := packets(t, 16000, voice(16000, 32000))
	lossy := func(repair func(dec *opus.Decoder, next []byte, pcm []int16) error) (errPower float64) {
		dec, _ := opus.NewDecoder(16000)
		ref, _ := opus.NewDecoder(16000)
		got, want, lost := make([]int16, 320), make([]int16, 320), 0
		for i, p := range stream {
			if _, err := ref.Decode(p, want); err != nil {
				t.Fatal(err)
			}
			if i%10 != 5 || !opus.HasFEC(stream[i+1]) {
				if _, err := dec.Decode(p, got); err != nil {
					t.Fatal(err)
				}
				continue
			}
			lost++
			if err := repair(dec, stream[i+1], got); err != nil {
				t.Fatal(err)
			}
			for k := range got {
				d := float64(got[k]) - float64(want[k])
				errPower += d * d
			}
		}
		if lost < 5 {
			t.Fatalf("only %d of %d packets carry a copy of the one before", lost, len(stream)/10)
		}
		return errPower
	}
	fec := lossy(func(dec *opus.Decoder, next []byte, pcm []int16) error { return dec.Recover(next, pcm) })
	plc := lossy(func(dec *opus.Decoder, _ []byte, pcm []int16) error { return dec.Conceal(pcm) })
	t.Logf("error of the lost frames: recovered %.1f dB below concealed", 10*math.Log10(plc/fec))
	if fec > plc/2 {
		t.Errorf("error power with FEC %.0f, without %.0f: want at most half", fec, plc)
	}
}

func TestNoFECWhenOff(t *testing.T) {
	for i, p := range packets(t, 16000, voice(16000, 16000), opus.WithFEC(false, 0)) {
		if opus.HasFEC(p) {
			t.Fatalf("packet %d claims a copy", i)
		}
	}
}

func TestConcealContinuesThenFades(t *testing.T) {
	dec, _ := opus.NewDecoder(16000)
	pcm := make([]int16, 320)
	for _, p := range packets(t, 16000, voice(16000, 4800)) {
		if _, err := dec.Decode(p, pcm); err != nil {
			t.Fatal(err)
		}
	}
	before := power(pcm)
	var after []float64
	for range 15 {
		if err := dec.Conceal(pcm); err != nil {
			t.Fatal(err)
		}
		after = append(after, power(pcm))
	}
	if after[0] < before/10 {
		t.Errorf("the first concealed frame has power %.0f after %.0f: a hole", after[0], before)
	}
	if last := after[len(after)-1]; last > before/100 {
		t.Errorf("after 300 ms the power is still %.0f of %.0f", last, before)
	}
}

func TestSilence(t *testing.T) {
	for _, rate := range rates {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			enc, err := opus.NewEncoder(rate, opus.WithDTX(true))
			if err != nil {
				t.Fatal(err)
			}
			p, err := enc.Silence()
			if err != nil {
				t.Fatal(err)
			}
			if n, err := opus.PacketSamples(p, 48000); err != nil || n != 960 {
				t.Fatalf("the packet lasts %d samples at 48 kHz, %v; want 960", n, err)
			}
			if len(p) > 40 {
				t.Errorf("silence takes %d bytes", len(p))
			}
			dec, _ := opus.NewDecoder(16000)
			pcm := make([]int16, 320)
			for range 50 {
				if _, err := dec.Decode(p, pcm); err != nil {
					t.Fatal(err)
				}
				if e := power(pcm); e > 4 {
					t.Fatalf("silence decodes to power %.1f", e)
				}
			}
			q, _ := enc.Silence()
			if &p[0] != &q[0] {
				t.Error("the second call encoded again")
			}
		})
	}
}

func TestDTXSendsNextToNothing(t *testing.T) {
	stream := packets(t, 16000, make([]int16, 32000), opus.WithDTX(true))
	tiny := 0
	for _, p := range stream[len(stream)/2:] {
		if len(p) <= 2 {
			tiny++
		}
	}
	if tiny < len(stream)/4 {
		t.Errorf("%d of the last %d packets of silence are tiny, want most", tiny, len(stream)/2)
	}
}

func TestBitrate(t *testing.T) {
	for _, want := range []int{12000, 24000, 48000} {
		sum := 0
		for _, p := range packets(t, 24000, voice(24000, 5*24000), opus.WithBitrate(want)) {
			sum += len(p)
		}
		if got := sum * 8 / 5; got < want/2 || got > want*3/2 {
			t.Errorf("%d bit/s, want about %d", got, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	dec, _ := opus.NewDecoder(16000)
	enc, _ := opus.NewEncoder(16000)
	pcm := make([]int16, dec.MaxSamples())
	decode := func(b ...byte) error { _, err := dec.Decode(b, pcm); return err }
	good := packets(t, 16000, voice(16000, 320))[0]
	_, rateErr := opus.NewEncoder(44100)
	_, decRateErr := opus.NewDecoder(22050)
	_, complexityErr := opus.NewEncoder(16000, opus.WithComplexity(11))
	_, bitrateErr := opus.NewEncoder(16000, opus.WithBitrate(1))
	_, lossErr := opus.NewEncoder(16000, opus.WithFEC(true, 101))
	_, sizeErr := enc.Encode(nil, make([]int16, 319))
	_, roomErr := dec.Decode(good, pcm[:100])
	for _, tc := range []struct {
		name string
		err  error
		want error
	}{
		{"encoder rate", rateErr, opus.ErrRate},
		{"decoder rate", decRateErr, opus.ErrRate},
		{"complexity", complexityErr, opus.ErrOption},
		{"bitrate", bitrateErr, opus.ErrOption},
		{"loss", lossErr, opus.ErrOption},
		{"samples to encode", sizeErr, opus.ErrFrameSize},
		{"room to decode", roomErr, opus.ErrFrameSize},
		{"empty packet", decode(), opus.ErrPacket},
		{"no frame count", decode(0x03), opus.ErrPacket},
		{"no frames", decode(0x03, 0x00), opus.ErrPacket},
		{"too long", decode(0x1b, 0x3f, 1, 2, 3), opus.ErrPacket},
		{"two equal frames of odd size", decode(0x09, 1, 2, 3), opus.ErrPacket},
		{"gap of 1 sample", dec.Conceal(pcm[:1]), opus.ErrFrameSize},
		{"gap of 130 ms", dec.Conceal(make([]int16, 2080)), opus.ErrFrameSize},
		{"recover from nothing", dec.Recover(nil, pcm[:320]), opus.ErrPacket},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, tc.err, tc.want)
		}
	}
	if n, err := dec.Decode(good, pcm[:320]); n != 320 || err != nil {
		t.Errorf("after all that a good packet gives %d, %v", n, err)
	}
}

// A slice with spare capacity must not be written to behind its length.
func TestDecodeKeepsToLength(t *testing.T) {
	dec, _ := opus.NewDecoder(16000)
	pcm := make([]int16, 4000)
	for i := range pcm {
		pcm[i] = 77
	}
	stream := packets(t, 16000, voice(16000, 640))
	if _, err := dec.Decode(stream[0], pcm[:320]); err != nil {
		t.Fatal(err)
	}
	if err := dec.Recover(stream[1], pcm[:320]); err != nil {
		t.Fatal(err)
	}
	if err := dec.Conceal(pcm[:320]); err != nil {
		t.Fatal(err)
	}
	for i, s := range pcm[320:] {
		if s != 77 {
			t.Fatalf("sample %d behind the slice was written", i)
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	enc, _ := opus.NewEncoder(24000)
	dec, _ := opus.NewDecoder(16000)
	in, out := voice(24000, 480), make([]int16, dec.MaxSamples())
	buf, err := enc.Encode(make([]byte, 0, 1500), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Silence(); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"encode":  func() { buf, _ = enc.Encode(buf[:0], in) },
		"silence": func() { _, _ = enc.Silence() },
		"decode":  func() { _, _ = dec.Decode(buf, out) },
		"recover": func() { _ = dec.Recover(buf, out[:320]) },
		"conceal": func() { _ = dec.Conceal(out[:320]) },
		"reset":   func() { _ = enc.Reset() },
		"inspect": func() { _, _ = opus.PacketSamples(buf, 16000); _ = opus.HasFEC(buf) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range packets(f, 16000, voice(16000, 3200)) {
		f.Add(p)
	}
	f.Add([]byte{})
	f.Add([]byte{0x03})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x00})
	f.Fuzz(func(t *testing.T, packet []byte) {
		dec, err := opus.NewDecoder(16000)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, dec.MaxSamples())
		want, sizeErr := opus.PacketSamples(packet, 16000)
		n, err := dec.Decode(packet, pcm)
		if err == nil && (sizeErr != nil || n != want) {
			t.Errorf("decoded %d samples; PacketSamples says %d, %v", n, want, sizeErr)
		}
		if err != nil && !errors.Is(err, opus.ErrPacket) {
			t.Errorf("unexpected error: %v", err)
		}
		opus.HasFEC(packet)
		if err := dec.Recover(packet, pcm[:320]); err != nil && !errors.Is(err, opus.ErrPacket) {
			t.Errorf("unexpected error of Recover: %v", err)
		}
		if err := dec.Conceal(pcm[:320]); err != nil {
			t.Errorf("the decoder is unusable after a bad packet: %v", err)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for _, rate := range []int{16000, 24000, 48000} {
		for _, complexity := range []int{1, 5, 9} {
			b.Run(fmt.Sprintf("%d/complexity=%d", rate, complexity), func(b *testing.B) {
				enc, err := opus.NewEncoder(rate, opus.WithComplexity(complexity))
				if err != nil {
					b.Fatal(err)
				}
				in, buf, n := voice(rate, rate), make([]byte, 0, 1500), enc.FrameSamples()
				at := 0
				b.ReportAllocs()
				for b.Loop() {
					buf, _ = enc.Encode(buf[:0], in[at:at+n])
					if at += n; at == len(in) {
						at = 0
					}
				}
			})
		}
	}
}

func BenchmarkDecodeTo16kHz(b *testing.B) {
	stream := packets(b, 16000, voice(16000, 16000))
	dec, _ := opus.NewDecoder(16000)
	pcm := make([]int16, dec.MaxSamples())
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		_, _ = dec.Decode(stream[i%len(stream)], pcm)
		i++
	}
}

func Example() {
	enc, err := opus.NewEncoder(24000) // what the TTS makes
	if err != nil {
		fmt.Println(err)
		return
	}
	dec, err := opus.NewDecoder(16000) // what the STT wants
	if err != nil {
		fmt.Println(err)
		return
	}
	packet, err := enc.Encode(nil, voice(24000, enc.FrameSamples()))
	if err != nil {
		fmt.Println(err)
		return
	}
	pcm := make([]int16, dec.MaxSamples())
	n, err := dec.Decode(packet, pcm)
	fmt.Println(n, "samples,", err)
	// Output: 320 samples, <nil>
}
