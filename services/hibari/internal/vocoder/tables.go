package vocoder

import "math"

const (
	turnSteps = 2048 // entries of the sine table for one turn
	tanhSteps = 128  // entries of the rotation table for a step of 1
	tanhRange = 6    // tanh is 1 within 2e-5 beyond
)

// tables are what all synthesizers share; they are never written after newTables.
type tables struct {
	window [4 * Hop]float32 // periodic Hann
	source [4 * Hop]float32 // the window, scaled so that a unit cosine gives a peak of 1 in its spectrum
	// turn holds cosine and sine of i/turnSteps turns, and one more entry to interpolate to.
	turn [turnSteps + 1][2]float32
	// rotation holds e^(i pi tanh x) for x from -tanhRange to tanhRange, and one more entry.
	rotation [2*tanhRange*tanhSteps + 2][2]float32
}

func newTables() *tables {
	t := new(tables)
	for i := range t.window {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(t.window)))
		t.window[i], t.source[i] = float32(w), float32(w/Hop)
	}
	for i := range t.turn {
		s, c := math.Sincos(2 * math.Pi * float64(i) / turnSteps)
		t.turn[i] = [2]float32{float32(c), float32(s)}
	}
	for i := range t.rotation {
		x := float64(i)/tanhSteps - tanhRange
		s, c := math.Sincos(math.Pi * math.Tanh(x))
		t.rotation[i] = [2]float32{float32(c), float32(s)}
	}
	return t
}

// sincos returns cosine and sine of an angle in turns. Angles beyond 8 turns lose precision and nothing else.
func (t *tables) sincos(turns float32) (c, s float32) {
	x := (turns + 8) * turnSteps
	i := int32(x)
	f := x - float32(i)
	e := t.turn[i&(turnSteps-1):]
	return e[0][0] + f*(e[1][0]-e[0][0]), e[0][1] + f*(e[1][1]-e[0][1])
}

// sine returns the sine of an angle in turns from 0 to 1. It is exact to 22 bits also where it is nearly 0.
func (t *tables) sine(turns float64) float32 {
	x := turns * turnSteps
	i := int(x)
	f := float32(x - float64(i))
	e := t.turn[i&(turnSteps-1):]
	return e[0][1] + f*(e[1][1]-e[0][1])
}

// rotate returns e^(i pi tanh x).
func (t *tables) rotate(x float32) (c, s float32) {
	if !(x > -tanhRange) { // and for what is not a number
		x = -tanhRange
	} else if x > tanhRange {
		x = tanhRange
	}
	x = (x + tanhRange) * tanhSteps
	i := int32(x)
	f := x - float32(i)
	e := t.rotation[i:]
	return e[0][0] + f*(e[1][0]-e[0][0]), e[0][1] + f*(e[1][1]-e[0][1])
}

// exp returns e^x for x between -80 and 80, within 1e-4 of it.
func exp(x float32) float32 {
	x = x*math.Log2E + 127
	i := int32(x)
	f := x - float32(i)
	// The polynomial is 2^f on [0, 1], interpolated at the Chebyshev nodes.
	p := 0.999900288 + f*(0.696324771+f*(0.224693156+f*0.078967257))
	return p * math.Float32frombits(uint32(i)<<23)
}
