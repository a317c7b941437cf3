package whatsapptest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Time limits that do not keep the tests waiting: a user who gives up soon, and media that may not pause.
var (
	impatient = whatsapptest.WithTimers(whatsapptest.Timers{Answer: 300 * time.Millisecond})
	quick     = whatsapptest.WithTimers(whatsapptest.Timers{FirstMedia: 500 * time.Millisecond, Media: 400 * time.Millisecond})
)

// TestRefusedBots has bots whose calls Graph refuses on the spot.
func TestRefusedBots(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*bot)
		action string
		want   string
	}{
		{"passive answer", func(b *bot) { b.role = webrtc.DTLSRoleServer }, "pre_accept", "never sends a ClientHello"},
		{"LF line ends", func(b *bot) {
			b.answer = func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
		}, "pre_accept", "CRLF"},
		{"sha-512 line", func(b *bot) {
			b.answer = func(s string) string { return s + "a=fingerprint:sha-512 AA:BB\r\n" }
		}, "pre_accept", "not SHA256"},
		{"sdp_type offer", func(b *bot) { b.sdpType = "offer" }, "pre_accept", `want "answer"`},
		{"direct accept, passive", func(b *bot) { b.direct, b.role = true, webrtc.DTLSRoleServer }, "accept", "ClientHello"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, e := newBot(t, test.change, impatient)
			call := place(t, e)
			ending, err := call.WaitEnded(within(t))
			if err != nil {
				t.Fatalf("%v\n%s", err, history(e))
			}
			if ending.Reason != "not answered" || ending.Status != "COMPLETED" {
				t.Errorf("ended: %+v", ending)
			}
			if got := b.last(test.action); got.Status != http.StatusBadRequest || !strings.Contains(got.Detail, test.want) {
				t.Errorf("%s: %+v, want 400 and %q", test.action, got, test.want)
			}
			if hook := <-b.terminated; hook["start_time"] != nil || hook["duration"] != nil {
				t.Errorf("terminate webhook of a call that was not answered: %v", hook)
			}
		})
	}
}

func TestChangedAccept(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, func(b *bot) { b.acceptSDP = func(s string) string { return s + "a=x:y\r\n" } })
	call := place(t, e)
	refused := func(ev whatsapptest.Event) bool {
		return ev.Kind == whatsapptest.EventGraph && ev.Status == http.StatusBadRequest
	}
	if _, err := e.WaitFor(within(t), refused); err != nil {
		t.Fatalf("%v\n%s", err, history(e))
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if hook := <-b.terminated; hook["duration"] != nil {
		t.Errorf("terminate webhook: %v", hook)
	}
	if !call.Timings().Accept.IsZero() {
		t.Error("the call was accepted")
	}
}

// TestDeadMedia has bots whose calls Graph takes and that end without media, with error 138021.
func TestDeadMedia(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		change    func(*bot)
		rules     whatsapptest.Rules
		violation string
		up        whatsapptest.Kind // what still came up
	}{
		{"no media after accept", func(b *bot) { b.mute = true }, whatsapptest.Rules{}, "", whatsapptest.EventDTLSUp},
		{"passive answer that stalls", func(b *bot) { b.role = webrtc.DTLSRoleServer }, whatsapptest.Rules{Passive: whatsapptest.PassiveStalls}, "passive", whatsapptest.EventICEUp},
		{"type that is ignored", func(b *bot) { b.sdpType = "offer" }, whatsapptest.Rules{WrongTypeIgnored: true}, "sdp_type", ""},
		{"another certificate", func(b *bot) {
			b.direct = true
			b.answer = func(s string) string {
				i := strings.Index(s, "a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
				return s[:i] + goodPrint + s[i+len(goodPrint):]
			}
		}, whatsapptest.Rules{}, "does not match the fingerprint", whatsapptest.EventDTLSFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, e := newBot(t, test.change, quick, whatsapptest.WithRules(test.rules))
			call := place(t, e)
			ending, err := call.WaitEnded(within(t))
			if err != nil {
				t.Fatalf("%v\n%s", err, history(e))
			}
			if ending.Code != 138021 || ending.Status != "FAILED" {
				t.Errorf("ended: %+v\n%s", ending, history(e))
			}
			hook := <-b.terminated
			errs, _ := hook["errors"].([]any)
			if hook["status"] != "FAILED" || len(errs) != 1 || hook["start_time"] == nil {
				t.Errorf("terminate webhook: %v", hook)
			}
			checkViolations(t, call, test.violation)
			if test.up != "" {
				await(t, e, test.up)
			}
			if !call.Timings().FirstPacket.IsZero() {
				t.Error("there was media")
			}
		})
	}
}

// checkViolations wants one violation with that text, or none.
func checkViolations(t *testing.T, call *whatsapptest.Call, want string) {
	t.Helper()
	got := call.Violations()
	if want == "" && len(got) == 0 {
		return
	}
	if want != "" && len(got) == 1 && strings.Contains(got[0].Detail, want) && got[0].Call == call.ID() {
		return
	}
	t.Errorf("violations %v, want %q", got, want)
}

// TestViolations has bots whose calls work on loopback and would not in the world.
func TestViolations(t *testing.T) {
	t.Parallel()
	long, err := opus.NewEncoder(16000)
	if err != nil {
		t.Fatal(err)
	}
	packet, err := long.Silence()
	if err != nil {
		t.Fatal(err)
	}
	// Two 20 ms frames of equal size in one packet: code 1 in the table-of-contents byte (RFC 6716, section 3.2.3).
	double := append([]byte{packet[0] | 1}, append(append([]byte{}, packet[1:]...), packet[1:]...)...)
	at := func(n int, change func(*rtp.Packet)) func(int, *rtp.Packet) {
		return func(i int, p *rtp.Packet) {
			if i >= n {
				change(p)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*bot)
		want   string
	}{
		{"media before accept", func(b *bot) { b.eager = true }, "RTP before accept"},
		{"sequence jump", func(b *bot) { b.packet = at(5, func(p *rtp.Packet) { p.SequenceNumber += 100 }) }, "went on by 101"},
		{"timestamp of another clock", func(b *bot) {
			b.packet = func(n int, p *rtp.Packet) { p.Timestamp = uint32(n * 320) }
		}, "went on by 320 instead of 960"},
		{"gap in time without a marker", func(b *bot) { b.packet = at(5, func(p *rtp.Packet) { p.Timestamp += 9600 }) }, "went on by 10560"},
		{"40 ms packets", func(b *bot) { b.payload = func(int) []byte { return double } }, "40 ms"},
		{"header extension", func(b *bot) {
			b.packet = func(_ int, p *rtp.Packet) { _ = p.SetExtension(1, []byte{0}) }
		}, "header extension"},
		{"not Opus", func(b *bot) { b.payload = func(int) []byte { return []byte{0x03} } }, "not Opus"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, e := newBot(t, test.change)
			call := place(t, e)
			if event := await(t, e, whatsapptest.EventViolation); !strings.Contains(event.Detail, test.want) {
				t.Errorf("violation %q, want %q", event.Detail, test.want)
			}
			checkViolations(t, call, test.want)
			if all := e.Violations(); len(all) != 1 {
				t.Errorf("violations of all calls: %v", all)
			}
		})
	}
	t.Run("gap in time with a marker", func(t *testing.T) {
		const gap = 5
		reached := make(chan struct{})
		_, e := newBot(t, func(b *bot) {
			b.packet = func(n int, p *rtp.Packet) {
				if n >= gap {
					p.Timestamp += 9600
					p.Marker = n == gap
				}
				if n == gap+2 {
					close(reached)
				}
			}
		})
		call := place(t, e)
		<-reached
		await(t, e, whatsapptest.EventFirstPacket)
		if err := call.HangUp(within(t)); err != nil {
			t.Fatal(err)
		}
		checkViolations(t, call, "")
	})
}

func TestPassiveAllowed(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, func(b *bot) { b.role = webrtc.DTLSRoleServer }, whatsapptest.WithRules(whatsapptest.Rules{Passive: whatsapptest.PassiveWorks}))
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	checkViolations(t, call, "")
}

func TestDirectAccept(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, func(b *bot) { b.direct = true })
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	checkViolations(t, call, "")
}

func TestMediaStops(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, nil, quick)
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	b.mu.Lock()
	for _, pc := range b.peers {
		for _, s := range pc.GetSenders() {
			_ = s.Stop()
		}
	}
	b.mu.Unlock()
	b.cancel()
	ending, err := call.WaitEnded(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if ending.Code != 138021 || ending.Duration < 400*time.Millisecond {
		t.Errorf("ended: %+v", ending)
	}
}
