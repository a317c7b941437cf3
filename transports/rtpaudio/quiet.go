package rtpaudio

// quietness finds frames that can be left out without anybody missing them: every second one of a silence that
// has lasted for a second. By then any VAD has decided, and since half of the frames stay, media time never stands still.
type quietness struct {
	floor float64 // power of the background, the least of late
	run   int     // quiet frames in a row
}

const (
	quietPower = 10   // mean square of a sample, about -80 dBFS: quiet whatever the background
	quietAbove = 4    // up to 6 dB above the background is background
	floorRise  = 1.01 // the floor doubles in 1.4 s if nothing is that quiet any more
	quietRun   = 50   // frames: 1 s
)

// spare looks at the next frame and tells whether it may be left out.
func (q *quietness) spare(pcm []int16) bool {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	power := sum / float64(len(pcm))
	if q.floor = max(q.floor*floorRise, 1e-3); power < q.floor {
		q.floor = power
	}
	if power > max(quietPower, q.floor*quietAbove) {
		q.run = 0
		return false
	}
	q.run++
	return q.run >= quietRun && q.run%2 == 0
}
