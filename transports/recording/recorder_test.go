package recording_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) (left, right []int16) {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	pcm, err := audio.ReadWAV(f)
	must(t, err)
	if want := (audio.Format{Rate: 16000, Channels: 2}); pcm.Format != want {
		t.Fatalf("the file is of %v, want %v", pcm.Format, want)
	}
	for i := 0; i < len(pcm.Samples); i += 2 {
		left, right = append(left, pcm.Samples[i]), append(right, pcm.Samples[i+1])
	}
	return left, right
}

func level(rate int, v int16) audio.PCM {
	p := audio.PCM{Format: audio.Mono(rate), Samples: make([]int16, rate/50)}
	for i := range p.Samples {
		p.Samples[i] = v
	}
	return p
}

// start is when the recordings of these tests begin.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// at is when a tick comes.
func at(i int) time.Time { return start.Add(time.Duration(i) * 20 * time.Millisecond) }

// span is where a track is loud.
func span(s []int16) (from, to int) {
	from = -1
	for i, v := range s {
		if v > 500 {
			if from < 0 {
				from = i
			}
			to = i + 1
		}
	}
	return from, to
}

// near says whether a place is within 2 ms of another: a filter's edges are round.
func near(got, want int) bool { return got >= want-32 && got <= want+32 }

// Both sides are at the sample at which they were in the call, whatever the bot's rate and however bunched the caller's
// audio comes.
func TestSidesStayInPlace(t *testing.T) {
	for _, rate := range []int{8000, 16000, 22050, 24000, 48000} {
		path := filepath.Join(t.TempDir(), "calls", "one.wav")
		r := recording.New(recording.Create(path))
		const ticks = 500 // 10 s
		var late []frame.AudioIn
		for i := range ticks {
			must(t, r.Tick(at(i), level(rate, 1000), i >= 100 && i < 200))
			f := frame.AudioIn{PCM: level(16000, 0), At: frame.Position(100000 + i*320)}
			if i >= 300 && i < 400 {
				f.PCM = level(16000, 2000)
			}
			late = append(late, f)
			if i%20 == 0 { // the network lets go of what it held, 400 ms at a time
				for _, f := range late {
					r.Caller(f)
				}
				late = nil
			}
		}
		must(t, r.Close())
		must(t, r.Close())
		left, right := read(t, path)
		if len(left) != ticks*320 {
			t.Errorf("%d Hz: %d samples, want %d", rate, len(left), ticks*320)
		}
		if from, to := span(right); !near(from, 100*320) || !near(to, 200*320) {
			t.Errorf("%d Hz: the bot speaks from %d to %d, want %d to %d", rate, from, to, 100*320, 200*320)
		}
		if from, to := span(left); from != 300*320 || to != 400*320 {
			t.Errorf("%d Hz: the caller speaks from %d to %d, want %d to %d", rate, from, to, 300*320, 400*320)
		}
	}
}

// A caller whose clock jumps is laid down where we are.
func TestClockThatJumps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.wav")
	r := recording.New(recording.Create(path))
	r.Caller(frame.AudioIn{PCM: level(16000, 9000)}) // before the first tick: not recorded
	for i := range 300 {
		must(t, r.Tick(at(i), audio.PCM{}, false))
		position := frame.Position(i * 320)
		switch {
		case i >= 200:
			position -= 1 << 40
		case i >= 100:
			position += 1 << 40
		}
		f := frame.AudioIn{PCM: level(16000, 0), At: position}
		if i >= 150 && i < 250 {
			f.PCM = level(16000, 2000)
		}
		r.Caller(f)
	}
	must(t, r.Close())
	left, _ := read(t, path)
	if from, to := span(left); from != 150*320 || to != 250*320 || len(left) != 300*320 {
		t.Errorf("the caller speaks from %d to %d of %d, want %d to %d", from, to, len(left), 150*320, 250*320)
	}
}

// A transport that stood still has left packets out, and one that is a little late catches up.
func TestClockThatStoodStill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.wav")
	r := recording.New(recording.Create(path))
	for i := 0; i < 300; i++ {
		switch {
		case i == 100:
			i = 200 // two seconds
		case i >= 250 && i < 260:
			must(t, r.Tick(at(260), level(16000, 0), false))
			continue
		}
		must(t, r.Tick(at(i), level(16000, 1000), i == 99 || i >= 200 && i < 250))
	}
	must(t, r.Close())
	_, right := read(t, path)
	if from, to := span(right); len(right) != 300*320 || from != 99*320 || to != 250*320 {
		t.Errorf("the bot speaks from %d to %d of %d, want %d to %d of %d", from, to, len(right), 99*320, 250*320, 300*320)
	}
	if from, _ := span(right[100*320:]); from != 100*320 {
		t.Errorf("after the standstill the bot goes on at %d, want %d", from+100*320, 200*320)
	}
}

func TestNothingHeardLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.wav")
	r := recording.New(recording.Create(path))
	must(t, r.Close())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
	must(t, r.Tick(at(0), level(16000, 1), true)) // too late, and harmless
	r.Caller(frame.AudioIn{PCM: level(16000, 1)})
}

func TestAFileThatIsThereIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.wav")
	must(t, os.WriteFile(path, []byte("precious"), 0o600))
	r := recording.New(recording.Create(path))
	must(t, r.Tick(at(0), level(16000, 1), true))
	if err := r.Close(); !errors.Is(err, os.ErrExist) {
		t.Errorf("error %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Errorf("the file is now %q", b)
	}
}

// slow is a disk that stands still until it is let go.
type slow struct {
	recording.File
	wait chan struct{}
}

func (s slow) Write(p []byte) (int, error) {
	<-s.wait
	return s.File.Write(p)
}

// A disk that stands still holds up nobody, memory stays bounded, and what follows is in its place.
func TestSlowDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.wav")
	disk := slow{wait: make(chan struct{})}
	r := recording.New(func() (recording.File, error) {
		f, err := recording.Create(path)()
		disk.File = f
		return disk, err
	})
	for i := range 50 * 60 {
		if i == 50*30 {
			close(disk.wait)
		}
		must(t, r.Tick(at(i), level(16000, 1000), i >= 50*58))
	}
	if err := r.Close(); !errors.Is(err, recording.ErrSlowDisk) {
		t.Errorf("error %v, want ErrSlowDisk", err)
	}
	_, right := read(t, path)
	// The last second but one may be among what was lost.
	if from, to := span(right); len(right) != 60*16000 || from != 58*16000 && from != 59*16000 || to != 60*16000 {
		t.Errorf("the bot speaks from %d to %d of %d", from, to, len(right))
	}
}

type full struct{ recording.File }

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error)      { return 0, errFull }
func (full) Seek(int64, int) (int64, error) { return 0, errFull }
func (full) Close() error                   { return nil }

func TestFullDisk(t *testing.T) {
	r := recording.New(func() (recording.File, error) { return full{}, nil })
	for i := range 50 * 20 {
		must(t, r.Tick(at(i), level(16000, 1000), true))
	}
	if err := r.Close(); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
