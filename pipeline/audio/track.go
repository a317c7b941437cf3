package audio

import "fmt"

// Track is one side of a recording: audio laid down at its place on the sample clock, with silence where there
// is none. Since places come from counting samples and not from the time of day, a recording is as long as the
// call, however late or bunched its pieces come in.
//
// The zero Track is not usable; see NewTrack. A Track is for one goroutine at a time.
type Track struct {
	format  Format
	limit   int
	samples []int16
}

// NewTrack makes an empty mono track of a rate that takes at most limit samples.
func NewTrack(rate, limit int) (*Track, error) {
	if rate <= 0 || limit <= 0 {
		return nil, fmt.Errorf("%w: a track of %d samples at %d Hz", ErrFormat, limit, rate)
	}
	return &Track{format: Mono(rate), limit: limit}, nil
}

// Put lays audio down so that its first sample is at the given position. It replaces what was there. Audio of
// another format, or a place before the beginning or behind the limit, gives ErrFormat and changes nothing.
func (t *Track) Put(at int64, pcm PCM) error {
	if pcm.Format != t.format {
		return fmt.Errorf("%w: %v on a track of %v", ErrFormat, pcm.Format, t.format)
	}
	if at < 0 || at > int64(t.limit-len(pcm.Samples)) {
		return fmt.Errorf("%w: %d samples at %d on a track of %d", ErrFormat, len(pcm.Samples), at, t.limit)
	}
	start, end := int(at), int(at)+len(pcm.Samples)
	if grow := end - len(t.samples); grow > 0 {
		t.samples = append(t.samples, make([]int16, grow)...)
	}
	copy(t.samples[start:end], pcm.Samples)
	return nil
}

// PCM returns what is on the track, from the beginning to the end of the last piece. It shares the track's
// memory: do not Put while it is in use.
func (t *Track) PCM() PCM { return PCM{Format: t.format, Samples: t.samples} }
