package recording

import (
	"errors"
	"fmt"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// ErrSlowDisk means that parts of a recording were lost because the disk did not keep up; the file has silence there.
var ErrSlowDisk = errors.New("recording: the disk did not keep up")

var stereo = audio.Format{Rate: frame.SampleRate, Channels: 2}

// piece is what the disk gets.
type piece struct {
	missing int     // samples that were lost before it, counted over both channels
	samples []int16 // interleaved
}

// writer writes on a goroutine of its own, so that a slow disk holds up nobody.
type writer struct {
	open    func() (File, error)
	queue   chan piece
	done    chan struct{}
	missing int   // lost since the last piece; the Recorder's lock guards it
	err     error // valid once done is closed
}

func newWriter(open func() (File, error)) *writer {
	w := &writer{open: open, queue: make(chan piece, queueDepth), done: make(chan struct{})}
	go w.run() // ends when the queue is closed and empty; Recorder.Close waits for it
	return w
}

// add queues samples, or counts them as missing if the queue is full.
func (w *writer) add(samples []int16) {
	select {
	case w.queue <- piece{missing: w.missing, samples: samples}:
		w.missing = 0
	default:
		w.missing += len(samples)
	}
}

// last queues the end, however long the disk takes.
func (w *writer) last(samples []int16) { w.queue <- piece{missing: w.missing, samples: samples} }

func (w *writer) run() {
	defer close(w.done)
	first, ok := <-w.queue
	if !ok {
		return
	}
	w.err = w.file(first)
	for range w.queue { // after an error the rest goes nowhere
	}
}

// file writes the whole file.
func (w *writer) file(p piece) (err error) {
	f, err := w.open()
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	wav, err := audio.NewWAVWriter(f, stereo)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	lost := 0
	for ok := true; ok; p, ok = <-w.queue {
		lost += p.missing
		for p.missing > 0 {
			n := min(p.missing, 2*block)
			if err := wav.Write(audio.PCM{Format: stereo, Samples: make([]int16, n)}); err != nil {
				return errors.Join(fmt.Errorf("recording: %w", err), wav.Close())
			}
			p.missing -= n
		}
		if err := wav.Write(audio.PCM{Format: stereo, Samples: p.samples}); err != nil {
			return errors.Join(fmt.Errorf("recording: %w", err), wav.Close())
		}
	}
	if lost > 0 {
		err = fmt.Errorf("%w: %d ms are missing", ErrSlowDisk, lost/2*1000/frame.SampleRate)
	}
	return errors.Join(err, wav.Close())
}
