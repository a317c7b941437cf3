package moonshine

// Where speech is cut when it is too long to be read at once. The model was trained on shorter stretches than
// 30 s, and loses words in stretches much longer than 10 s.
const (
	longest   = 10 * rate     // a stretch that is read at once
	cutFrom   = 6 * rate      // the earliest place for a cut
	cutWindow = rate * 3 / 10 // the cut is in the middle of the quietest 0.3 s: longer than a consonant can be silent
	cutStep   = rate / 100
)

// cut returns where to cut off the first stretch of samples, or 0 if they are short enough to be read at once. The
// place depends only on the first ten seconds, so more audio after them does not move it.
func cut(samples []int16) int {
	if len(samples) <= longest {
		return 0
	}
	best, least := longest, int64(-1)
	for at := cutFrom; at+cutWindow <= longest; at += cutStep {
		var energy int64
		for _, s := range samples[at : at+cutWindow] {
			energy += int64(s) * int64(s)
		}
		if least < 0 || energy <= least {
			best, least = at+cutWindow/2, energy
		}
	}
	return best
}
