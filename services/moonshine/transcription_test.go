package moonshine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// fakeReader stands in for the model. Its text tells the seconds of audio that it was given.
type fakeReader struct {
	takes time.Duration // virtual time
	err   error

	mu        sync.Mutex
	reads     []int // samples of each reading
	cancelled int
	now, most int // readings that go on
	closed    atomic.Int32
}

func (f *fakeReader) read(ctx context.Context, samples []int16) (string, error) {
	f.mu.Lock()
	f.reads = append(f.reads, len(samples))
	f.now++
	f.most = max(f.most, f.now)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.now--
		f.mu.Unlock()
	}()
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		f.mu.Lock()
		f.cancelled++
		f.mu.Unlock()
		return "", ctx.Err()
	}
	if len(samples) == 0 {
		return "", f.err
	}
	return fmt.Sprintf("%.1f", seconds(len(samples))), f.err
}

func (f *fakeReader) close() error { f.closed.Add(1); return nil }

func (f *fakeReader) counts() (reads, cancelled int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.reads), f.cancelled
}

func fakeEngine(f *fakeReader, opts ...Option) *Engine {
	c := defaults()
	for _, opt := range opts {
		opt(&c)
	}
	return newEngine(f, c)
}

func openTest(t *testing.T, e *Engine) services.Transcription {
	t.Helper()
	tr, err := e.Open(t.Context(), audio.Mono(rate))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func write(t *testing.T, tr services.Transcription, samples []int16) {
	t.Helper()
	if err := tr.Write(audio.PCM{Format: audio.Mono(rate), Samples: samples}); err != nil {
		t.Fatal(err)
	}
}

func flush(t *testing.T, tr services.Transcription) {
	t.Helper()
	if err := tr.Flush(); err != nil {
		t.Fatal(err)
	}
}

func wantResult(t *testing.T, tr services.Transcription, text string, end int) {
	t.Helper()
	r, ok := <-tr.Results()
	want := services.Result{Text: text, End: end, Final: true}
	if !ok || r != want {
		t.Errorf("result %+v (%v), want %+v", r, ok, want)
	}
}

// finish closes a transcription and checks that no more results come.
func finish(t *testing.T, tr services.Transcription) {
	t.Helper()
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	if r, ok := <-tr.Results(); ok {
		t.Errorf("result %+v after Close", r)
	}
}

func TestFlushIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := openTest(t, fakeEngine(&fakeReader{takes: 50 * time.Millisecond}))
		flush(t, tr)
		wantResult(t, tr, "", 0)
		speech := tone(rate, 8000)
		write(t, tr, speech[:rate/2])
		write(t, tr, speech[rate/2:])
		began := time.Now()
		flush(t, tr)
		wantResult(t, tr, "1.0", rate)
		if d := time.Since(began); d != 50*time.Millisecond {
			t.Errorf("the result came after %v", d)
		}
		finish(t, tr)
	})
}

func TestNewerFlushTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeReader{takes: 100 * time.Millisecond}
		tr := openTest(t, fakeEngine(f))
		write(t, tr, tone(rate, 8000))
		flush(t, tr)
		time.Sleep(60 * time.Millisecond)
		write(t, tr, tone(rate, 8000))
		began := time.Now()
		flush(t, tr)
		wantResult(t, tr, "2.0", 2*rate)
		if d := time.Since(began); d != 100*time.Millisecond {
			t.Errorf("the result came after %v: the first reading was not given up", d)
		}
		if reads, cancelled := f.counts(); reads != 2 || cancelled != 1 {
			t.Errorf("%d readings, %d of them given up; want 2 and 1", reads, cancelled)
		}
		finish(t, tr)
	})
}

func TestSilenceAfterFlushIsNotReadAnew(t *testing.T) {
	for name, wait := range map[string]time.Duration{"while it reads": 60 * time.Millisecond, "after it": 200 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeReader{takes: 100 * time.Millisecond}
				tr := openTest(t, fakeEngine(f))
				write(t, tr, tone(rate, 8000))
				flush(t, tr)
				time.Sleep(wait)
				write(t, tr, make([]int16, rate/10))
				flush(t, tr)
				wantResult(t, tr, "1.0", rate+rate/10)
				if reads, cancelled := f.counts(); reads != 1 || cancelled != 0 {
					t.Errorf("%d readings, %d of them given up; want 1 and 0", reads, cancelled)
				}
				finish(t, tr)
			})
		})
	}
}

func TestResultNobodyTookIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := openTest(t, fakeEngine(&fakeReader{takes: time.Millisecond}))
		write(t, tr, tone(rate, 8000))
		flush(t, tr)
		synctest.Wait()
		time.Sleep(time.Second) // the result waits
		write(t, tr, tone(rate, 8000))
		flush(t, tr)
		time.Sleep(time.Second)
		wantResult(t, tr, "2.0", 2*rate)
		finish(t, tr)
	})
}

func TestLongSpeechIsReadWhileItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeReader{takes: 300 * time.Millisecond}
		tr := openTest(t, fakeEngine(f))
		speech := tone(25*rate, 8000)
		for _, pause := range []int{8 * rate, 16 * rate} {
			clear(speech[pause : pause+rate/2])
		}
		for len(speech) > 0 {
			write(t, tr, speech[:rate/50])
			speech = speech[rate/50:]
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		before, _ := f.counts()
		began := time.Now()
		flush(t, tr)
		r := <-tr.Results()
		if d := time.Since(began); d != 300*time.Millisecond {
			t.Errorf("the result came after %v, want one reading of 300 ms", d)
		}
		var a, b, c float64
		if _, err := fmt.Sscan(r.Text, &a, &b, &c); err != nil || before != 2 || r.End != 25*rate || r.Err != nil {
			t.Errorf("%d readings before the flush, result %+v; want 2 and three parts", before, r)
		}
		if a < 8 || a > 8.5 || a+b < 16 || a+b > 16.5 || math.Abs(a+b+c-25) > 0.2 {
			t.Errorf("parts of %v, %v and %v s were read, want cuts in the pauses", a, b, c)
		}
		for _, n := range f.reads {
			if n > longest {
				t.Errorf("a stretch of %.1f s was read at once", seconds(n))
			}
		}
		finish(t, tr)
	})
}

func TestLongSpeechAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := openTest(t, fakeEngine(&fakeReader{takes: 300 * time.Millisecond}))
		write(t, tr, tone(35*rate, 8000))
		flush(t, tr)
		r := <-tr.Results()
		if n := len(strings.Fields(r.Text)); n < 4 || n > 6 || r.End != 35*rate {
			t.Errorf("%d parts, end %.1f s; want 4 to 6 and 35 s", n, seconds(r.End))
		}
		finish(t, tr)
	})
}

func TestFailureEndsTheTranscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("out of memory")
		f := &fakeReader{err: broken}
		e := fakeEngine(f)
		tr := openTest(t, e)
		write(t, tr, tone(rate, 8000))
		flush(t, tr)
		if r := <-tr.Results(); !errors.Is(r.Err, broken) {
			t.Errorf("result %+v, want the error", r)
		}
		if r, ok := <-tr.Results(); ok {
			t.Errorf("result %+v after the error", r)
		}
		if err := tr.Flush(); !errors.Is(err, broken) {
			t.Errorf("Flush: %v, want the error", err)
		}
		if err := tr.Write(audio.PCM{Format: audio.Mono(rate)}); !errors.Is(err, broken) {
			t.Errorf("Write: %v, want the error", err)
		}
		finish(t, tr)
	})
}

func TestEnds(t *testing.T) {
	for name, end := range map[string]func(tr services.Transcription, cancel func()){
		"with Close":       func(tr services.Transcription, _ func()) { _ = tr.Close() },
		"with its context": func(_ services.Transcription, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeReader{takes: time.Hour}
				e := fakeEngine(f)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tr, err := e.Open(ctx, audio.Mono(rate))
				if err != nil {
					t.Fatal(err)
				}
				write(t, tr, tone(rate, 8000))
				flush(t, tr)
				synctest.Wait()
				end(tr, cancel)
				if r, ok := <-tr.Results(); ok {
					t.Errorf("result %+v", r)
				}
				if _, cancelled := f.counts(); cancelled != 1 {
					t.Error("the reading was not given up")
				}
				if err := tr.Write(audio.PCM{Format: audio.Mono(rate)}); !errors.Is(err, ErrClosed) {
					t.Errorf("Write: %v, want ErrClosed", err)
				}
				if err := tr.Flush(); !errors.Is(err, ErrClosed) {
					t.Errorf("Flush: %v, want ErrClosed", err)
				}
				finish(t, tr)
			})
		})
	}
}

func TestWriteCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []int16
		e := fakeEngine(&fakeReader{})
		e.model = readerFunc(func(_ context.Context, samples []int16) (string, error) {
			got = append(got, samples...)
			return "", nil
		})
		tr := openTest(t, e)
		piece := []int16{1, 2, 3}
		write(t, tr, piece)
		piece[0] = 9
		flush(t, tr)
		<-tr.Results()
		if len(got) != 3 || got[0] != 1 {
			t.Errorf("read %v, want what was written", got)
		}
		finish(t, tr)
	})
}

type readerFunc func(ctx context.Context, samples []int16) (string, error)

func (f readerFunc) read(ctx context.Context, samples []int16) (string, error) {
	return f(ctx, samples)
}
func (readerFunc) close() error { return nil }

func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := openTest(t, fakeEngine(&fakeReader{}, WithMaxUtterance(2*time.Second)))
		write(t, tr, tone(2*rate, 8000))
		err := tr.Write(audio.PCM{Format: audio.Mono(rate), Samples: tone(1, 1)})
		if !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "2s") {
			t.Errorf("Write: %v, want ErrTooLong and the limit", err)
		}
		flush(t, tr)
		wantResult(t, tr, "2.0", 2*rate)
		finish(t, tr)
	})
}

func TestOtherFormats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := fakeEngine(&fakeReader{})
		tr := openTest(t, e)
		for _, f := range []audio.Format{audio.Mono(8000), {Rate: rate, Channels: 2}, {}} {
			var refused *services.ErrFormat
			if _, err := e.Open(t.Context(), f); !errors.As(err, &refused) || refused.Got != f {
				t.Errorf("Open(%v): %v, want an ErrFormat", f, err)
			}
			if err := tr.Write(audio.PCM{Format: f}); !errors.As(err, &refused) || refused.Got != f {
				t.Errorf("Write(%v): %v, want an ErrFormat", f, err)
			}
		}
		finish(t, tr)
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeReader{takes: 100 * time.Millisecond}
		e := fakeEngine(f, WithConcurrency(2))
		began := time.Now()
		var all []services.Transcription
		for range 5 {
			tr := openTest(t, e)
			write(t, tr, tone(rate, 8000))
			flush(t, tr)
			all = append(all, tr)
		}
		for _, tr := range all {
			wantResult(t, tr, "1.0", rate)
			finish(t, tr)
		}
		if d := time.Since(began); f.most != 2 || d != 300*time.Millisecond {
			t.Errorf("%d at once, all in %v; want 2 and 300 ms", f.most, d)
		}
	})
}

func TestWaitingForATurnCanBeGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeReader{takes: time.Hour}
		e := fakeEngine(f, WithConcurrency(1))
		first, second := openTest(t, e), openTest(t, e)
		for _, tr := range []services.Transcription{first, second} {
			write(t, tr, tone(rate, 8000))
			flush(t, tr)
			synctest.Wait()
		}
		finish(t, second)
		finish(t, first)
		if reads, _ := f.counts(); reads != 1 {
			t.Errorf("%d readings, want 1", reads)
		}
	})
}

func TestModelIsFreedByTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeReader{}
		e := fakeEngine(f)
		tr := openTest(t, e)
		for range 2 {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := e.Open(t.Context(), audio.Mono(rate)); !errors.Is(err, ErrClosed) {
			t.Errorf("Open after Close: %v, want ErrClosed", err)
		}
		write(t, tr, tone(rate, 8000))
		flush(t, tr)
		wantResult(t, tr, "1.0", rate)
		if f.closed.Load() != 0 {
			t.Error("the model was freed while it was in use")
		}
		finish(t, tr)
		if f.closed.Load() != 1 {
			t.Errorf("the model was freed %d times, want once", f.closed.Load())
		}
	})
}

// Whatever the order of writing, flushing and waiting: the last flush gets exactly one answer, about everything.
func TestLastFlushIsAlwaysAnswered(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			tr := openTest(t, fakeEngine(&fakeReader{takes: time.Duration(random.IntN(300)) * time.Millisecond}))
			written := 0
			add := func(samples []int16) {
				write(t, tr, samples)
				written += len(samples)
			}
			answered := make(chan services.Result, 1000)
			var reader sync.WaitGroup
			reader.Go(func() {
				for r := range tr.Results() {
					answered <- r
				}
			})
			for range 40 {
				switch random.IntN(4) {
				case 0:
					add(tone(random.IntN(2*rate), 8000))
				case 1:
					add(make([]int16, random.IntN(rate/2)))
				case 2:
					flush(t, tr)
				case 3:
					time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
				}
			}
			flush(t, tr)
			time.Sleep(time.Minute)
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
			reader.Wait()
			close(answered)
			last := -1
			for r := range answered {
				if r.Err != nil || r.End < last {
					t.Errorf("seed %d: result %+v after one that ends at %d", seed, r, last)
				}
				last = r.End
			}
			if last != written {
				t.Errorf("seed %d: the last result ends at %d, %d were written", seed, last, written)
			}
		})
	}
}
