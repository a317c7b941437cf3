package playout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speech is audio of a duration in which each sample is v.
func speech(rate int, d time.Duration, v int16) audio.PCM {
	pcm := audio.PCM{Format: audio.Mono(rate), Samples: make([]int16, audio.Mono(rate).Samples(d))}
	for i := range pcm.Samples {
		pcm.Samples[i] = v
	}
	return pcm
}

// run plays a script into a Playout that is pulled every 20 ms, and returns the pulled packets (nil for silence)
// and the signals.
func run(t *testing.T, script pipelinetest.Script, opts ...Option) (packets [][]int16, playback []frame.Playback) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, sink := New(opts...), pipelinetest.NewSink()
		s, err := pipeline.New(pipelinetest.Source(script), p, sink).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tick := time.NewTicker(PacketDuration)
		defer tick.Stop()
		for open := true; open; {
			select {
			case <-tick.C:
				synctest.Wait()
				pcm, ok := p.Pull()
				var packet []int16
				if ok {
					if pcm.Duration() != PacketDuration {
						t.Errorf("a packet of %v", pcm.Duration())
					}
					packet = append(packet, pcm.Samples...)
				}
				packets = append(packets, packet)
			case <-s.Done():
				open = false
			}
		}
		if err := s.Wait(); err != nil {
			t.Fatal(err)
		}
		playback = pipelinetest.Of[frame.Playback](sink.Frames())
	})
	return packets, playback
}

func silent(packets [][]int16) (n int) {
	for _, p := range packets {
		if p == nil {
			n++
		}
	}
	return n
}

func TestAResponseIsPlayedWholeAndItsTextIsHeard(t *testing.T) {
	packets, playback := run(t, pipelinetest.Script{
		frame.ResponseStart{ID: 1},
		frame.AudioOut{ID: 1, PCM: speech(24000, 90*time.Millisecond, 1), Text: "Hello there."},
		frame.AudioOut{ID: 1, PCM: speech(24000, 20*time.Millisecond, 2)},
		frame.AudioOut{ID: 1, PCM: speech(24000, 15*time.Millisecond, 3), Text: "Bye."},
		frame.ResponseEnd{ID: 1},
	})
	var played []int16
	for _, p := range packets {
		played = append(played, p...)
	}
	want := append(append(speech(24000, 90*time.Millisecond, 1).Samples, speech(24000, 20*time.Millisecond, 2).Samples...), speech(24000, 15*time.Millisecond, 3).Samples...)
	if len(played) != 7*480 || !cmp.Equal(played[:len(want)], want) {
		t.Errorf("played %d samples; want the %d given, filled up to 7 packets", len(played), len(want))
	}
	if diff := cmp.Diff([]frame.Playback{
		{ID: 1, State: frame.PlaybackStarted},
		{ID: 1, State: frame.PlaybackDone, Heard: "Hello there. Bye."},
	}, playback); diff != "" {
		t.Errorf("playback (-want +got):\n%s", diff)
	}
}

func TestAnInterruptionIsSilentFromTheNextPacketOnAndTellsWhatWasHeard(t *testing.T) {
	packets, playback := run(t, pipelinetest.Script{
		frame.AudioOut{ID: 1, PCM: speech(16000, time.Second, 1), Text: "One two three four five six seven eight nine ten."},
		frame.AudioOut{ID: 1, PCM: speech(16000, time.Second, 1), Text: "Never."},
		510 * time.Millisecond,
		func(out *pipeline.Emitter) { out.Interrupt("test") },
		100 * time.Millisecond,
		frame.AudioOut{ID: 2, PCM: speech(16000, 20*time.Millisecond, 2), Text: "New."}, frame.ResponseEnd{ID: 2},
	})
	if got := silent(packets); got < 5 || len(packets)-got != 26 {
		t.Errorf("%d packets played and %d silent, want 25 of the first response and 1 of the second", len(packets)-got, got)
	}
	if diff := cmp.Diff([]frame.Playback{
		{ID: 1, State: frame.PlaybackStarted},
		{ID: 1, State: frame.PlaybackDone, Heard: "One two three four five", Interrupted: true},
		{ID: 2, State: frame.PlaybackStarted},
		{ID: 2, State: frame.PlaybackDone, Heard: "New."},
	}, playback); diff != "" {
		t.Errorf("playback (-want +got):\n%s", diff)
	}
}

func TestPauseHoldsAndResumeGoesOnFromTheSameSample(t *testing.T) {
	ramp := speech(16000, 200*time.Millisecond, 0)
	for i := range ramp.Samples {
		ramp.Samples[i] = int16(i)
	}
	packets, playback := run(t, pipelinetest.Script{
		frame.AudioOut{ID: 1, PCM: ramp, Text: "Hm."}, frame.ResponseEnd{ID: 1},
		70 * time.Millisecond,
		func(out *pipeline.Emitter) { out.Pause() },
		200 * time.Millisecond,
		func(out *pipeline.Emitter) { out.Resume() },
	})
	var played []int16
	for _, p := range packets {
		played = append(played, p...)
	}
	if !cmp.Equal(played, ramp.Samples) {
		t.Errorf("played %d samples that are not the %d given", len(played), len(ramp.Samples))
	}
	if silent(packets) != 10 {
		t.Errorf("%d packets of silence, want the 10 of the pause", silent(packets))
	}
	if len(playback) != 2 || playback[1].Interrupted {
		t.Errorf("playback: %v", playback)
	}
}

func TestWordTimesTellWhatWasHeard(t *testing.T) {
	r := &response{}
	r.add(frame.AudioOut{PCM: speech(16000, time.Second, 1), Text: "A looong word", Words: []frame.Word{
		{Text: "A", End: 100 * time.Millisecond}, {Text: "looong", Start: 100 * time.Millisecond, End: 900 * time.Millisecond}, {Text: "word", Start: 900 * time.Millisecond, End: time.Second}}})
	r.add(frame.AudioOut{PCM: speech(16000, time.Second, 1), Words: []frame.Word{{Text: "more.", End: 500 * time.Millisecond}}})
	r.playedFor(800 * time.Millisecond)
	if got := r.heard(); got != "A" {
		t.Errorf("heard %q, want only the word that was said to its end", got)
	}
	r.playedFor(750 * time.Millisecond)
	if got := r.heard(); got != "A looong word more." {
		t.Errorf("heard %q, want the word of the second piece too", got)
	}
}

func TestTheBufferIsBounded(t *testing.T) {
	var script pipelinetest.Script
	for range 200 {
		script = append(script, frame.AudioOut{ID: 1, PCM: speech(8000, 100*time.Millisecond, 1)})
	}
	script = append(script, frame.ResponseEnd{ID: 1})
	packets, _ := run(t, script, WithBuffer(time.Second))
	if got := len(packets) - silent(packets); got != 1000 {
		t.Errorf("%d packets played, want all 1000", got)
	}
}

func TestAResponseWithoutAudioEndsToo(t *testing.T) {
	_, playback := run(t, pipelinetest.Script{frame.ResponseStart{ID: 1}, frame.ResponseEnd{ID: 1}})
	if diff := cmp.Diff([]frame.Playback{{ID: 1, State: frame.PlaybackDone}}, playback); diff != "" {
		t.Errorf("playback (-want +got):\n%s", diff)
	}
}

func TestStereoIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stereo := audio.PCM{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: make([]int16, 640)}
		_, err := pipelinetest.RunErr(t, pipelinetest.Script{frame.AudioOut{PCM: stereo}, time.Second}, New())
		if err == nil {
			t.Error("stereo audio was accepted")
		}
	})
}

func TestPullDoesNotAllocate(t *testing.T) {
	p := New()
	r := p.response(1, liveGeneration(t))
	r.add(frame.AudioOut{PCM: speech(24000, 30*time.Second, 1), Text: "x"})
	p.Pull() // the first one tells that playback started
	if n := testing.AllocsPerRun(1000, func() { p.Pull() }); n != 0 {
		t.Errorf("%v allocations per Pull, want none", n)
	}
}

// liveGeneration returns the current generation of a session that runs until the test ends.
func liveGeneration(t *testing.T) *pipeline.Generation {
	t.Helper()
	gen := make(chan *pipeline.Generation, 1)
	s, err := pipeline.New(pipelinetest.Source(pipelinetest.Script{
		func(out *pipeline.Emitter) { gen <- out.Generation() },
		func(out *pipeline.Emitter) { <-out.Context().Done() },
	})).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Wait() }) // t.Context has ended by then
	return <-gen
}

func TestAHeldResponseIsPlayedWhenItIsCommittedAndDroppedWhenDiscarded(t *testing.T) {
	type guess struct {
		pipeline.Durable
		audio frame.AudioOut
	}
	synctest.Test(t, func(t *testing.T) {
		p, sink := New(), pipelinetest.NewSink()
		answer := pipeline.Handle(func(_ context.Context, g guess, out *pipeline.Emitter) error {
			return errors.Join(out.Push(g.audio), out.Push(frame.ResponseEnd{ID: g.audio.ID}))
		}, pipeline.Making[frame.AudioOut](), pipeline.Making[frame.ResponseEnd]())
		speak := func(id uint64) frame.AudioOut {
			return frame.AudioOut{ID: id, PCM: speech(8000, time.Second, int16(id)), Text: "Yes."}
		}
		pull := func() int16 {
			synctest.Wait()
			if pcm, ok := p.Pull(); ok {
				return pcm.Samples[0]
			}
			return 0
		}
		script := pipelinetest.Script{
			speak(1), frame.ResponseEnd{ID: 1},
			func(out *pipeline.Emitter) {
				if got := pull(); got != 1 {
					t.Errorf("playing %d, want the live response", got)
				}
				wrong, _ := out.Speculate(guess{audio: speak(2)})
				right, _ := out.Speculate(guess{audio: speak(3)})
				out.Pause()
				if got := pull(); got != 0 {
					t.Errorf("playing %d while all is paused or held", got)
				}
				if !out.Discard(wrong) || !out.Commit(right) || out.Commit(wrong) {
					t.Error("Discard and Commit of held generations must work, and Commit of a discarded one must not")
				}
				if got := pull(); got != 3 {
					t.Errorf("playing %d, want the committed response", got)
				}
				out.Interrupt("enough")
			},
		}
		if err := pipeline.New(pipelinetest.Source(script), answer, p, sink).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []frame.Playback{
			{ID: 1, State: frame.PlaybackStarted},
			{ID: 1, State: frame.PlaybackDone, Interrupted: true},
			{ID: 3, State: frame.PlaybackStarted},
			{ID: 3, State: frame.PlaybackDone, Interrupted: true},
		}
		if diff := cmp.Diff(want, pipelinetest.Of[frame.Playback](sink.Frames())); diff != "" {
			t.Errorf("playback (-want +got):\n%s", diff)
		}
	})
}
