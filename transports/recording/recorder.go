package recording

import (
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	rate       = frame.SampleRate
	tick       = rate / 50 // 20 ms
	block      = rate      // what is written at once: a second
	keep       = 2 * block // from this on the oldest block is written, so audio may be a second late
	maxAhead   = 2 * rate  // how far the caller may get ahead of our clock, in a burst, until its place is set anew
	queueDepth = 8         // blocks that may wait for the disk
	// maxLag is how late a Tick may be and still be followed by others that make up for it; what is later than that was
	// left out by the transport, which stood still.
	maxLag = 300 * time.Millisecond
)

// Recorder records one call. It is safe for concurrent use; none of its methods but Close waits for the disk.
// Make one with New.
type Recorder struct {
	writer *writer

	mu     sync.Mutex
	closed bool
	began  time.Time // of the first tick
	base   int64     // place of the first sample in left and right
	now    int64     // place of the end of the last tick
	left   []int16   // the caller, perhaps a little ahead of now
	right  []int16   // the bot, up to now

	synced bool  // offset is set
	offset int64 // from the caller's positions to places in the file

	speech   *audio.Resampler // of what the bot says at the moment; nil if it is silent
	from     int              // its rate
	speechAt int64            // place of its next sample
	scratch  []int16
}

// New starts a recording. The file is opened when there is something to write, so a call that is never answered leaves
// none. Close must be called.
func New(open func() (File, error)) *Recorder { return &Recorder{writer: newWriter(open)} }

// Tick takes the 20 ms that leave for the caller at the time now: mono audio of any usual rate, or silence if ok is false.
// It is the recording's clock: each call is 20 ms, and some may come late, one after the other. If the transport stood
// still for longer and left packets out, there is silence instead.
func (r *Recorder) Tick(now time.Time, pcm audio.PCM, ok bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	if r.began.IsZero() {
		r.began = now
	}
	if lag := now.Sub(r.began) - frame.Position(r.now).Time(rate); lag > maxLag {
		r.rest()
		for range lag / (20 * time.Millisecond) {
			r.advance()
		}
	}
	err := r.speak(pcm, ok)
	r.advance()
	return err
}

// advance moves the clock on by a tick.
func (r *Recorder) advance() {
	r.now += tick
	r.right = extend(r.right, int(r.now-r.base))
	for len(r.right) >= keep {
		r.writer.add(r.cut(block))
	}
}

// Caller takes what the caller says. What comes before the first Tick is not recorded.
func (r *Recorder) Caller(f frame.AudioIn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.now == 0 || f.PCM.Format != audio.Mono(rate) {
		return
	}
	at := int64(f.At) + r.offset
	end := at + int64(f.PCM.Len())
	// It is set at the first piece, and again if one of the clocks stood still or they drifted apart.
	if !r.synced || at < r.base || end > r.now+maxAhead {
		r.synced = true
		at = max(r.now-int64(f.PCM.Len()), r.base)
		r.offset = at - int64(f.At)
	}
	start := int(at - r.base)
	r.left = extend(r.left, start+f.PCM.Len())
	copy(r.left[start:], f.PCM.Samples)
}

// Close writes the rest, completes the file, and returns the first error that there was.
func (r *Recorder) Close() error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.mu.Unlock()
	if first { // nobody else is in the following any more
		r.rest()
		r.right = extend(r.right, int(r.now-r.base))
		if n := len(r.right); n > 0 {
			r.writer.last(r.cut(n))
		}
		close(r.writer.queue)
	}
	<-r.writer.done
	return r.writer.err
}

// speak lays down what the bot says, brought to the file's rate.
func (r *Recorder) speak(pcm audio.PCM, ok bool) error {
	if !ok {
		r.rest()
		return nil
	}
	if r.speech == nil || r.from != pcm.Rate {
		r.rest()
		resampler, err := audio.NewResampler(pcm.Rate, rate)
		if err != nil {
			return err
		}
		r.speech, r.from, r.speechAt = resampler, pcm.Rate, r.now
	}
	r.scratch = r.speech.Process(r.scratch[:0], pcm.Samples)
	r.putSpeech()
	return nil
}

// rest lays down what the resampler held back.
func (r *Recorder) rest() {
	if r.speech != nil {
		r.scratch = r.speech.Flush(r.scratch[:0])
		r.putSpeech()
		r.speech = nil
	}
}

func (r *Recorder) putSpeech() {
	start := int(r.speechAt - r.base)
	r.right = extend(r.right, start+len(r.scratch))
	copy(r.right[start:], r.scratch)
	r.speechAt += int64(len(r.scratch))
}

// cut takes the first n samples of both sides off, interleaved.
func (r *Recorder) cut(n int) []int16 {
	r.left = extend(r.left, n)
	stereo := make([]int16, 2*n)
	for i := range n {
		stereo[2*i], stereo[2*i+1] = r.left[i], r.right[i]
	}
	r.left = r.left[:copy(r.left, r.left[n:])]
	r.right = r.right[:copy(r.right, r.right[n:])]
	r.base += int64(n)
	return stereo
}

// extend lets a slice have at least n samples; new ones are silent.
func extend(s []int16, n int) []int16 {
	for len(s) < n {
		s = append(s, make([]int16, n-len(s))...)
	}
	return s
}
