package latency

import (
	"context"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/playout"
)

const (
	packet        = 20 * time.Millisecond
	packetSamples = frame.SampleRate / 50
)

// room is a caller without a transport. Its microphone is the first stage of a pipeline; its loudspeaker pulls from
// the last. The two clocks begin at different moments, as they do when packets come over a network: phase is by how
// much the loudspeaker is late.
type room struct {
	output *playout.Playout
	phase  time.Duration

	running sync.WaitGroup
	mu      sync.Mutex
	clip    []int16   // what is still to be said
	spoken  time.Time // when the last sample of speech in it is recorded; set when it begins
	last    int       // index of that sample in the clip
	begun   bool
	after   time.Time      // sounds before this are of no interest
	sounds  chan time.Time // the first sound after that; one for each say
	quiet   time.Time      // when the bot was last heard
}

func newRoom(phase time.Duration) *room {
	return &room{output: playout.New(), phase: phase, sounds: make(chan time.Time, 1)}
}

// Wire registers the microphone.
func (r *room) Wire(w *pipeline.Wiring) {
	w.Name("microphone")
	pipeline.Makes[frame.AudioIn](w)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		began := time.Now()
		r.running.Go(func() { r.speak(began, out) })                         // ends with the session
		r.running.Go(func() { r.listen(began.Add(r.phase), out.Context()) }) // ends with the session
		return nil
	})
	w.OnStop(func(context.Context) error {
		r.running.Wait()
		return nil
	})
}

// say lets the caller speak. The first sound of the bot after the last sample of speech is then in sounds.
func (r *room) say(pcm audio.PCM) {
	last, _ := lastSpeech(pcm)
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.sounds: // of an answer that nobody waited for
	default:
	}
	r.clip, r.last, r.begun, r.after, r.spoken = pcm.Samples, last, false, time.Time{}, time.Time{}
}

// lastSpoken is when the last sample of speech of the clip was recorded.
func (r *room) lastSpoken() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spoken
}

// idle is how long the bot has not been heard, while it has nothing more to play.
func (r *room) idle() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.output.Busy() {
		return 0
	}
	return time.Since(r.quiet)
}

// every calls f on the dot, 20 ms after 20 ms, until ctx ends.
func every(ctx context.Context, began time.Time, f func(due time.Time)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 1; ; n++ {
		due := began.Add(time.Duration(n) * packet)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			f(due)
		}
	}
}

// speak records 20 ms after 20 ms: what say was given, or silence.
func (r *room) speak(began time.Time, out *pipeline.Emitter) {
	var at frame.Position
	every(out.Context(), began, func(due time.Time) {
		samples := make([]int16, packetSamples)
		r.mu.Lock()
		if len(r.clip) > 0 {
			if !r.begun {
				r.begun = true
				start := due.Add(-packet)
				r.spoken = start.Add(audio.Mono(frame.SampleRate).Duration(r.last + 1))
				r.after = r.spoken
			}
			r.clip = r.clip[copy(samples, r.clip):]
		}
		r.mu.Unlock()
		pcm := audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: samples}
		_ = out.Push(frame.AudioIn{PCM: pcm, At: at, Arrived: time.Now()}) // fails when the session ends
		at += packetSamples
	})
}

// listen plays 20 ms after 20 ms, and notes when the bot is heard.
func (r *room) listen(began time.Time, ctx context.Context) {
	every(ctx, began, func(time.Time) {
		now := time.Now()
		pcm, ok := r.output.Pull()
		if !ok {
			return
		}
		first, ok := firstSpeech(pcm)
		if !ok {
			return
		}
		at := now.Add(pcm.Format.Duration(first))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.quiet = now.Add(packet)
		if !r.after.IsZero() && at.After(r.after) {
			r.after = time.Time{}
			r.sounds <- at // there is room: say emptied it
		}
	})
}
