package whatsapp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// aiortcPeer is a far end made of aiortc, in a process of its own.
type aiortcPeer struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	offer  chan string
	heard  chan float64 // the pitch of what it heard, in Hz
	states chan string
	wg     sync.WaitGroup
	errors strings.Builder
}

// newAiortcPeer starts one, and skips the test where there is no aiortc.
func newAiortcPeer(t *testing.T) *aiortcPeer {
	t.Helper()
	python := ""
	for _, candidate := range []string{"python3", "/usr/bin/python3"} { // the second is Debian's, which its packages are for
		if exec.Command(candidate, "-c", "import aiortc").Run() == nil {
			python = candidate
			break
		}
	}
	if python == "" {
		t.Skip("there is no python3 with aiortc: no test with a peer of another make; make check-test-packages installs python3-aiortc on Debian")
	}
	p := &aiortcPeer{cmd: exec.Command(python, "testdata/aiortc_peer.py"), offer: make(chan string, 1),
		heard: make(chan float64, 1), states: make(chan string, 16)}
	p.cmd.Stderr = &p.errors
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	must(t, err)
	stdout, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	p.wg.Go(func() { p.read(stdout) }) // ends with the process
	t.Cleanup(func() {
		_ = p.stdin.Close()
		kill := time.AfterFunc(limit, func() { _ = p.cmd.Process.Kill() })
		p.wg.Wait()
		err := p.cmd.Wait()
		kill.Stop()
		if t.Failed() {
			t.Logf("the peer ended with %v: %s", err, p.errors.String())
		}
	})
	return p
}

func (p *aiortcPeer) read(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var said struct {
			Offer, State string
			Heard        struct{ Hertz float64 }
		}
		if json.Unmarshal(lines.Bytes(), &said) != nil {
			continue
		}
		switch {
		case said.Offer != "":
			p.offer <- said.Offer
		case said.Heard.Hertz > 0:
			p.heard <- said.Heard.Hertz
		case said.State != "":
			p.states <- said.State
		}
	}
}

// A whole call with a peer of another make: its SDP, ICE, DTLS, SRTP, RTCP and Opus are not those of the bot. Both hear
// what the other says, and the peer notices when the bot hangs up.
func TestAiortcPeer(t *testing.T) {
	t.Parallel()
	peer := newAiortcPeer(t)
	p := newPlain(t, nil)
	pitch := make(chan float64, 1)
	p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		return pipeline.New(c.Input(), tone(pitchOf(pitch)), c.Output()).Run(ctx)
	})
	p.onAnswer = func(_, sdp string) {
		line, err := json.Marshal(map[string]string{"answer": sdp})
		if err == nil {
			p.mu.Lock()
			if p.onAnswer != nil { // the accept has it once more
				_, err = peer.stdin.Write(append(line, '\n'))
				p.onAnswer = nil
			}
			p.mu.Unlock()
		}
		if err != nil {
			t.Error(err)
		}
	}
	p.connect("wacid.aiortc", await(t, peer.offer))
	if got := await(t, pitch); math.Abs(got-300) > 15 {
		t.Errorf("the bot hears %.0f Hz, want 300", got)
	}
	if got := await(t, peer.heard); math.Abs(got-440) > 22 {
		t.Errorf("the peer hears %.0f Hz, want 440", got)
	}
	calls := p.bot.Calls()
	if len(calls) != 1 || calls[0].State() != whatsapp.Active {
		t.Fatalf("calls: %v", calls)
	}
	if s := calls[0].Reception(); s.Malformed+s.Unknown+s.Foreign != 0 || s.Received < 20 {
		t.Errorf("reception: %+v", s)
	}
	must(t, p.bot.TerminateAll(t.Context()))
	for await(t, peer.states) != "ended" { // the bot closes DTLS
	}
}

// pitchOf tells the pitch of the first half second of sound that is loud.
func pitchOf(out chan<- float64) func(pipeline.Frame) {
	var sound []int16
	return func(f pipeline.Frame) {
		in, ok := f.(frame.AudioIn)
		if !ok || len(sound) >= frame.SampleRate/2 || in.PCM.RMS() < -30 {
			return
		}
		if sound = append(sound, in.PCM.Samples...); len(sound) < frame.SampleRate/2 {
			return
		}
		crossings := 0
		for i := 1; i < len(sound); i++ {
			if sound[i-1] < 0 && sound[i] >= 0 {
				crossings++
			}
		}
		out <- float64(crossings) * frame.SampleRate / float64(len(sound))
	}
}
