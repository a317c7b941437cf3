package hibari

const (
	// audible is the magnitude at which speech begins and ends: -56 dB of full scale.
	audible = 0.0015
	// leadIn is how much of the silence before the first sound is kept: 15 ms.
	leadIn = 15 * rate / 1000
)

// trimmer cuts the silence around a line of speech. It holds silence back until it knows what follows.
type trimmer struct {
	started bool
	cut     int // samples left out at the start
	held    []float32
}

// next takes samples and returns those that can be played; it may return none. They are valid until the next call.
func (t *trimmer) next(x []float32) []float32 {
	first, last := 0, len(x)-1
	for first < len(x) && !loud(x[first]) {
		first++
	}
	for last >= first && !loud(x[last]) {
		last--
	}
	if first > last { // silence
		t.held = append(t.held, x...)
		if extra := len(t.held) - leadIn; !t.started && extra > 0 {
			t.cut += extra
			t.held = append(t.held[:0], t.held[extra:]...)
		}
		return nil
	}
	out := append(t.held, x[:last+1]...)
	if !t.started {
		t.started = true
		extra := max(0, len(out)-(last+1-first)-leadIn)
		t.cut += extra
		out = out[extra:]
	}
	t.held = append([]float32(nil), x[last+1:]...)
	return out
}

// end returns the silence behind the last sound, brought to the given length.
func (t *trimmer) end(samples int) []float32 {
	if !t.started {
		return nil
	}
	for len(t.held) < samples {
		t.held = append(t.held, 0)
	}
	return t.held[:samples]
}

// loud is true for samples of speech.
func loud(x float32) bool { return x > audible || x < -audible }
