package hibari

import "math"

// knee is the magnitude above which peaks are rounded off. What is below stays as it is; what is above comes ever
// nearer to 1 and never reaches it.
const knee = 0.7

// level raises samples by a gain and makes 16 bit samples of them.
func level(x []float32, gain float32) []int16 {
	out := make([]int16, len(x))
	for i, v := range x {
		v *= gain
		switch {
		case v > knee:
			v = knee + (1-knee)*soft((v-knee)/(1-knee))
		case v < -knee:
			v = -knee - (1-knee)*soft((-v-knee)/(1-knee))
		case v != v: // not a number
			v = 0
		}
		out[i] = int16(math.Round(float64(v) * math.MaxInt16))
	}
	return out
}

// soft is x for small x, and below 1 for all.
func soft(x float32) float32 { return float32(math.Tanh(float64(x))) }
