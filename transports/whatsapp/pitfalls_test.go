package whatsapp_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// The pitfalls that integrators of WhatsApp calls report, by their numbers in docs/conformance-whatsapp.md. Each test runs
// the bot against the emulator, set so that a bot which falls into the pitfall fails.

// The page that lists the pitfalls names a test for each of them, or why there is none, and all tests exist.
func TestPitfallsAreListed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/conformance-whatsapp.md")
	must(t, err)
	tests := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go", "../rtpaudio/*_test.go", "../../examples/*/*_test.go", "../../benchmarks/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range files {
			text, err := os.ReadFile(name)
			must(t, err)
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w+)\(`).FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
		}
	}
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(page, -1) {
		if !tests[string(m[1])] {
			t.Errorf("the page names %s, which there is not", m[1])
		}
	}
	rows := map[int]bool{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(cells[1])); err == nil {
			rows[n] = true
			if !strings.Contains(cells[3], "`Test") && !strings.Contains(cells[3], "not ") {
				t.Errorf("pitfall %d has neither a test nor a reason", n)
			}
		}
	}
	for n := 1; n <= 27; n++ {
		if !rows[n] {
			t.Errorf("pitfall %d is not on the page", n)
		}
	}
	if len(tests) < 100 {
		t.Errorf("only %d tests were found", len(tests))
	}
}

// answerLines returns the lines of the bot's answer to a call.
func answerLines(t *testing.T, call *whatsapptest.Call) []string {
	t.Helper()
	answer := call.Answer()
	if !strings.HasSuffix(answer, "\r\n") {
		t.Fatal("the answer does not end in CRLF")
	}
	return strings.Split(strings.TrimSuffix(answer, "\r\n"), "\r\n")
}

func withPrefix(lines []string, prefix string) (found []string) {
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			found = append(found, l)
		}
	}
	return found
}

// A bot that says nothing for a long time still sends packets: the call does not end with 138021.
func TestPitfall01SilentBotKeepsTheCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithTimers(whatsapptest.Timers{FirstMedia: 2 * time.Second, Media: 2 * time.Second}))
	why := make(chan error, 1)
	r.bot.OnCall(hold(why))
	call := r.answered(ada)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if e, err := call.WaitEnded(ctx); err == nil {
		t.Fatalf("the call ended: %s, %d", e.Reason, e.Code)
	}
	must(t, call.HangUp(r.ctx()))
	if first := call.Timings(); first.FirstPacket.Sub(first.Accept) > time.Second {
		t.Errorf("the first packet came %v after the accept", first.FirstPacket.Sub(first.Accept))
	}
	r.clean()
}

// The relay sends nothing before it got a packet: a bot that waits for the user's first would hear nothing for ever.
func TestPitfall02BotSendsTheFirstPacket(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	heard := make(chan struct{})
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		var once atomic.Bool
		listen := pipeline.Handle(func(_ context.Context, f frame.AudioIn, out *pipeline.Emitter) error {
			if f.PCM.RMS() > -40 && once.CompareAndSwap(false, true) {
				close(heard)
			}
			return nil
		})
		mute := pipeline.StageFunc(func(w *pipeline.Wiring) { pipeline.Makes[frame.AudioOut](w) })
		return pipeline.New(c.Input(), listen, mute, c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	_, err := call.Say(r.ctx(), sine(500*time.Millisecond, 300))
	must(t, err)
	next(r, heard)
	must(t, call.HangUp(r.ctx()))
}

// The answer has one fingerprint, of SHA-256, in the media section, and it is that of the certificate.
func TestPitfall03OneFingerprintOfSHA256(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithRules(whatsapptest.Rules{MediaFingerprint: true}))
	r.bot.OnCall(beep)
	call := r.answered(ada)
	if got := withPrefix(answerLines(t, call), "a=fingerprint:"); len(got) != 1 || !strings.HasPrefix(got[0], "a=fingerprint:sha-256 ") {
		t.Errorf("fingerprints: %q", got)
	}
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// The relay never sends a ClientHello: the bot must be the DTLS client.
func TestPitfall04BotIsTheDTLSClient(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithRules(whatsapptest.Rules{Passive: whatsapptest.PassiveStalls}))
	r.bot.OnCall(beep)
	call := r.answered(ada)
	if got := withPrefix(answerLines(t, call), "a=setup:"); len(got) != 1 || got[0] != "a=setup:active" {
		t.Errorf("the role: %q", got)
	}
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// The bot controls ICE. A relay that does not even answer checks of another role shows it.
func TestPitfall05BotControlsICE(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithRules(whatsapptest.Rules{SilentRoleConflict: true}))
	r.bot.OnCall(beep)
	call := r.answered(ada)
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// Whatever the offer says of Opus' parameters, Opus and keys are both agreed on.
func TestPitfall06OpusWithAnyParameters(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	for name, opts := range map[string][]whatsapptest.CallOption{"minptime=20": nil, "minptime=10": {whatsapptest.OldOffer()}} {
		call := r.answered(ada, opts...)
		lines := answerLines(t, call)
		if got := withPrefix(lines, "m=audio "); len(got) != 1 || !strings.HasSuffix(got[0], " 111 126") {
			t.Errorf("%s: %q", name, got)
		}
		_, err := call.WaitSpeech(r.ctx(), 0)
		must(t, err)
		must(t, call.HangUp(r.ctx()))
	}
	r.clean()
}

// Keys are heard as keys, and not as noise: while they are pressed in a quiet room nothing is loud.
func TestPitfall07KeysAreNotNoise(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	keys := make(chan rune, 8)
	var loudest atomic.Int64
	loudest.Store(-100)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		return pipeline.New(c.Input(), tone(func(f pipeline.Frame) {
			switch f := f.(type) {
			case frame.DTMF:
				keys <- f.Digit
			case frame.AudioIn:
				loudest.Store(max(loudest.Load(), int64(f.PCM.RMS())))
			}
		}), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	must(t, call.Press(r.ctx(), "15#"))
	for _, want := range "15#" {
		if got := next(r, keys); got != want {
			t.Errorf("key %c, want %c", got, want)
		}
	}
	must(t, call.HangUp(r.ctx()))
	if db := loudest.Load(); db > -50 {
		t.Errorf("the room has %d dBFS while keys are pressed", db)
	}
	r.clean()
}

// Line ends are CRLF, the last one included, and escaped once.
func TestPitfall08LineEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	for _, line := range answerLines(t, call) {
		if strings.ContainsAny(line, "\r\n") || strings.Contains(line, `\r`) || len(line) < 3 {
			t.Errorf("line %q", line)
		}
	}
	must(t, call.HangUp(r.ctx()))
}

// An answer is sent as an answer. The emulator takes anything else with 200 and then never connects, as was reported.
func TestPitfall09AnswersAreCalledAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithRules(whatsapptest.Rules{WrongTypeIgnored: true}))
	r.bot.OnCall(beep)
	call := r.answered(ada)
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// However long Meta and DTLS take, the greeting is heard from its first syllable to its last.
func TestPitfall10GreetingIsHeardWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep) // a second of sound, made while the phone rings
	r.meta.Inject(whatsapptest.Latency(400*time.Millisecond).On("calls", "pre_accept"))
	r.meta.Inject(whatsapptest.Latency(400*time.Millisecond).On("calls", "accept"))
	call := r.answered(ada, whatsapptest.WithSlowDTLS(700*time.Millisecond))
	_, err := call.WaitSpeech(r.ctx(), 0)
	must(t, err)
	_, err = call.WaitSilence(r.ctx(), call.Clock(), 500*time.Millisecond)
	must(t, err)
	must(t, call.HangUp(r.ctx()))
	var heard time.Duration
	for _, s := range whatsapptest.SpeechSpans(call.Heard()) {
		heard += s.End - s.Start
	}
	if heard < 950*time.Millisecond || heard > 1200*time.Millisecond {
		t.Errorf("%v of the greeting were heard, want 1 s", heard)
	}
	r.clean()
}

// The accept waits for DTLS: else the phone shows a connected call and then gives up.
func TestPitfall11AcceptWaitsForDTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	const slow = 800 * time.Millisecond
	call := r.answered(ada, whatsapptest.WithSlowDTLS(slow))
	at := call.Timings()
	if wait := at.Accept.Sub(at.ICEUp); at.ICEUp.IsZero() || wait < slow-50*time.Millisecond {
		t.Errorf("it was accepted %v after ICE was up; the handshake took %v", wait, slow)
	}
	must(t, call.HangUp(r.ctx()))
	r.clean()
}

// On a host behind NAT, the answer has the address under which the internet knows it.
func TestPitfall12PublicAddress(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *whatsapp.Config) { c.PublicIPs = []string{"203.0.113.7"}; c.ConnectTimeout = time.Hour })
	p.bot.OnCall(func(ctx context.Context, _ *whatsapp.Call) error { <-ctx.Done(); return nil })
	offer := strings.ReplaceAll(p.relayOffer(), "127.0.0.1", "192.0.2.1")
	answers := make(chan string, 2)
	p.onAnswer = func(_, sdp string) { answers <- sdp }
	p.connect("wacid.far", offer)
	if sdp := await(t, answers); !strings.Contains(sdp, " 203.0.113.7 ") {
		if !strings.Contains(sdp, "a=candidate:") {
			t.Skip("this machine has no address but loopback")
		}
		t.Error("the answer does not have the public address")
	}
}

// relayOffer is the offer of a relay that hears nothing.
func (p *plain) relayOffer() string {
	relay := p.relay("wacid.unused")[0]
	return relay.Offer()
}

// A user who calls again at once is answered at once.
func TestPitfall13RedialAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	for range 5 {
		call := r.answered(ada)
		_, err := call.WaitSpeech(r.ctx(), 0)
		must(t, err)
		must(t, call.HangUp(r.ctx()))
	}
	r.clean()
}
