package moonshine

// A pause is silence when no 20 ms of it have more than this part of the energy of the loudest 20 ms before it,
// which is 35 dB less. The weakest consonants are about 30 dB below the loudest vowels.
const (
	silenceRatio  = 3000
	silenceFrame  = rate / 50
	longestSilent = rate / 2 // more than half a second is read anew in any case
)

// silent reports whether samples are so much quieter than those before that they cannot hold a word.
func silent(samples, before []int16) bool {
	return len(samples) <= longestSilent && loudest(samples)*silenceRatio <= loudest(before)
}

// loudest returns the energy of the loudest frame of 20 ms. The last frame may be shorter.
func loudest(samples []int16) int64 {
	var most int64
	for len(samples) > 0 {
		n := min(silenceFrame, len(samples))
		var energy int64
		for _, s := range samples[:n] {
			energy += int64(s) * int64(s)
		}
		most = max(most, energy)
		samples = samples[n:]
	}
	return most
}
