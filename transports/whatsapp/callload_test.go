package whatsapp_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// botProcess is set in the environment of a second process of the test, which is a bot and nothing else.
const botProcess = "PARLEY_TEST_BOT_GRAPH_URL"

// runBot is the second process: it prints its webhook's address and serves until its input is closed.
func runBot() int {
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: os.Getenv("PARLEY_TEST_BOT_TOKEN"), PhoneNumberID: os.Getenv("PARLEY_TEST_BOT_NUMBER"),
		APIBaseURL: os.Getenv(botProcess), VerifyToken: "v", Logger: discard, MaxLateness: -1,
	})
	bot.OnCall(talk)
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	fmt.Println(server.URL + "/whatsapp/webhook")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	if err := bot.Shutdown(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server.Close()
	return 0
}

// talk is a handler that hears the user and speaks without a pause.
func talk(ctx context.Context, call *whatsapp.Call) error {
	speaker := pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("speaker")
		pipeline.Makes[frame.AudioOut](w)
		pipeline.On(w, func(context.Context, frame.AudioIn, *pipeline.Emitter) error { return nil })
		done := make(chan struct{})
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			second := audio.PCM{Format: audio.Mono(24000), Samples: make([]int16, 24000)}
			for i := range second.Samples {
				second.Samples[i] = int16((i*i/7)%8000 - 4000) // busy enough to cost what speech costs
			}
			go func() { // ends with the session, in OnStop
				defer close(done)
				for out.Push(frame.AudioOut{ID: 1, PCM: second}) == nil {
					if out.Context().Err() != nil {
						return
					}
				}
			}()
			return nil
		})
		w.OnStop(func(context.Context) error { <-done; return nil })
	})
	return pipeline.New(call.Input(), speaker, call.Output()).Run(ctx)
}

// Twenty calls at once, in a process that has one core: every one is answered and goes on.
func TestTwentyCallsOnOneCore(t *testing.T) {
	n := int64(20)
	if raceEnabled {
		n = 5 // the race detector takes more of a core than the calls do
	}
	meta, err := whatsapptest.New(whatsapptest.WithAppSecret(""))
	must(t, err)
	t.Cleanup(func() { _ = meta.Close() })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", botProcess+"="+meta.GraphURL(),
		"PARLEY_TEST_BOT_TOKEN="+meta.AccessToken(), "PARLEY_TEST_BOT_NUMBER="+meta.PhoneNumberID())
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the bot ended with %v", err)
		}
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		t.Logf("the bot took %v of its core for %d calls that speak all the time", used.Round(time.Millisecond), n)
	})
	url, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	meta.SetWebhook(url[:len(url)-1])

	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var mu sync.Mutex
	var calls []*whatsapptest.Call
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			call, err := meta.Call(ctx, whatsapptest.User{WaID: "15550000" + itoa(100+i)})
			if err == nil {
				err = call.WaitAccepted(ctx)
			}
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	// What a core serves is measured in benchmarks/calls; here every call has to go on.
	from := make([]int, len(calls))
	for i, c := range calls {
		from[i] = len(c.Packets())
	}
	for i, c := range calls {
		for len(c.Packets()) < from[i]+50 {
			select {
			case <-c.Ended():
				t.Fatalf("a call ended: %+v", c.Ending())
			case <-ctx.Done():
				t.Fatalf("a call got %d packets, want 50", len(c.Packets())-from[i])
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	for _, c := range calls {
		must(t, c.HangUp(ctx))
	}
	for _, v := range meta.Violations() {
		t.Error(v)
	}
}

// Calls that come and go leave nothing behind.
func TestManyCallsLeaveNothingBehind(t *testing.T) {
	cycles := 25
	if testing.Short() {
		cycles = 5
	}
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	one := func() {
		call := r.answered(ada)
		must(t, call.HangUp(r.ctx()))
		must(t, r.bot.TerminateAll(r.ctx()))
	}
	one() // what is made once is made now
	measure := func() (goroutines int, heap uint64) {
		deadline := time.After(5 * time.Second)
		for goroutines = runtime.NumGoroutine(); ; goroutines = runtime.NumGoroutine() {
			runtime.GC()
			select {
			case <-deadline:
			case <-time.After(20 * time.Millisecond):
				if runtime.NumGoroutine() < goroutines {
					continue
				}
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return goroutines, m.HeapAlloc
		}
	}
	before, heap := measure()
	for range cycles {
		one()
	}
	after, heapAfter := measure()
	t.Logf("%d calls: goroutines %d -> %d, heap %d -> %d KB", cycles, before, after, heap>>10, heapAfter>>10)
	if after > before+5 {
		t.Errorf("goroutines: %d before, %d after %d calls", before, after, cycles)
	}
}
