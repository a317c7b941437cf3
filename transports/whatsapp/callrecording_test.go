package whatsapp_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// loud is where a mono track gets loud, and for how long it is, in packets of 20 ms.
func loud(samples []int16) (from, length time.Duration) {
	from = -1
	for i := 0; i+320 <= len(samples); i += 320 {
		if (audio.PCM{Format: audio.Mono(16000), Samples: samples[i : i+320]}).RMS() > -30 {
			if from < 0 {
				from = time.Duration(i/320) * 20 * time.Millisecond
			}
			length += 20 * time.Millisecond
		}
	}
	return from, length
}

// within says whether got is want, give or take.
func within(got, want, tolerance time.Duration) bool {
	return got >= want-tolerance && got <= want+tolerance
}

func TestCallIsRecordedInStereo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "calls")
	r := newRig(t, func(c *whatsapp.Config) { c.RecordDir = dir })
	paths, played := make(chan string, 1), make(chan struct{}, 1)
	var heard atomic.Int64 // loud packets of the caller
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		paths <- c.Recording()
		return pipeline.New(c.Input(), pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.OnOptional(w, func(_ context.Context, f frame.Playback, _ *pipeline.Emitter) error {
				if f.State == frame.PlaybackDone {
					played <- struct{}{}
				}
				return nil
			})
		}), tone(func(f pipeline.Frame) {
			if in, ok := f.(frame.AudioIn); ok && in.PCM.RMS() > -30 {
				heard.Add(1)
			}
		}), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	said, err := call.Say(r.ctx(), sine(600*time.Millisecond, 300))
	must(t, err)
	next(r, played) // all of it was sent, however busy the machine is
	_, err = call.WaitSilence(r.ctx(), said.End, 300*time.Millisecond)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	must(t, r.bot.Shutdown(r.ctx())) // waits for the file
	path := <-paths
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	pcm, err := audio.ReadWAV(f)
	must(t, err)
	if want := (audio.Format{Rate: 16000, Channels: 2}); pcm.Format != want {
		t.Fatalf("format %v", pcm.Format)
	}
	var left, right []int16
	for i := 0; i < len(pcm.Samples); i += 2 {
		left, right = append(left, pcm.Samples[i]), append(right, pcm.Samples[i+1])
	}
	// The file begins with the bot's first packet. Where exactly things are is tested with the recorder; a machine that
	// is busy with other tests delays packets on their way.
	if from, n := loud(right); !within(from, 0, 100*time.Millisecond) || !within(n, time.Second, 100*time.Millisecond) {
		t.Errorf("the bot speaks from %v on for %v, want a second from the beginning on", from, n)
	}
	if _, n := loud(left); n < 100*time.Millisecond || !within(n, time.Duration(heard.Load())*20*time.Millisecond, 60*time.Millisecond) {
		t.Errorf("the caller speaks for %v; the pipeline heard %d packets of 20 ms", n, heard.Load())
	}
	at := call.Timings()
	if d := at.Ended.Sub(at.FirstPacket); !within(pcm.Duration(), d, time.Second) {
		t.Errorf("the file has %v of a call of %v", pcm.Duration(), d)
	}
}

// A folder that cannot be written does not harm the call; a call that is not answered leaves no file.
func TestRecordingThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	r := newRig(t, func(c *whatsapp.Config) { c.RecordDir = filepath.Join(file, "calls") })
	r.bot.OnCall(beep)
	call := r.answered(ada)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	must(t, r.bot.Shutdown(r.ctx()))
	if !strings.Contains(r.log.String(), "the call's recording is not complete") {
		t.Error("the log does not tell of the failure")
	}

	dir := t.TempDir()
	r = newRig(t, func(c *whatsapp.Config) { c.RecordDir = dir })
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error { return c.Reject(ctx) })
	r.meta.Inject(whatsapptest.Latency(100*time.Millisecond).On("calls", "pre_accept"))
	call, err = r.meta.Call(r.ctx(), ada)
	must(t, err)
	r.ended(call)
	must(t, r.bot.Shutdown(r.ctx()))
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("files: %v, %v", files, err)
	}
}
