package whatsapptest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

func TestBusinessTerminates(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, nil)
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	if got := b.act(call.ID(), "terminate", ""); got.Status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	if hook := <-b.terminated; hook["id"] != call.ID() || hook["status"] != "COMPLETED" {
		t.Errorf("terminate webhook: %v", hook)
	}
	if ending := call.Ending(); ending.By != whatsapptest.ByBusiness || ending.Duration <= 0 {
		t.Errorf("ended: %+v", ending)
	}
	if _, err := call.Say(within(t), toneClip(0, time.Second, 0)); !errors.Is(err, whatsapptest.ErrEnded) {
		t.Errorf("say after the end: %v", err)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Errorf("hang up after the end: %v", err)
	}
	if got := b.act(call.ID(), "terminate", ""); got.Status != http.StatusBadRequest {
		t.Errorf("terminate twice: %+v", got)
	}
}

func TestVanishedCaller(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, nil, quick)
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	call.Vanish()
	n := len(call.Packets())
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond) // longer than the time limits
	defer cancel()
	if _, err := call.WaitEnded(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call ended: %v", call.Ending())
	}
	if more := len(call.Packets()); more > n+1 {
		t.Errorf("%d packets arrived after the caller had vanished", more-n)
	}
	select {
	case hook := <-b.terminated:
		t.Errorf("webhook: %v", hook)
	default:
	}
	if got := b.act(call.ID(), "terminate", ""); got.Status != http.StatusOK {
		t.Errorf("terminate: %+v", got)
	}
}

func TestNotAnswered(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, func(b *bot) { b.noAnswer = true }, impatient)
	call := place(t, e)
	if err := call.WaitAccepted(within(t)); !errors.Is(err, whatsapptest.ErrEnded) {
		t.Fatalf("wait for accept: %v", err)
	}
	if hook := <-b.terminated; hook["status"] != "COMPLETED" || hook["duration"] != nil {
		t.Errorf("terminate webhook: %v", hook)
	}
	// The line is free again.
	again := place(t, e)
	if _, err := e.Call(within(t), ada); !errors.Is(err, whatsapptest.ErrBusy) {
		t.Errorf("a second call of the same user: %v", err)
	}
	if err := again.HangUp(within(t)); err != nil {
		t.Error(err)
	}
}

func TestRefusedWebhook(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, func(b *bot) { b.webhook = func([]byte, http.Header) int { return http.StatusForbidden } })
	if _, err := e.Call(within(t), ada); !errors.Is(err, whatsapptest.ErrWebhookRefused) {
		t.Errorf("call: %v", err)
	}
	if n := len(e.Calls()); n != 0 {
		t.Errorf("%d calls go on", n)
	}
	e.SetWebhook("http://127.0.0.1:1/webhook")
	if _, err := e.Call(within(t), ada); !errors.Is(err, whatsapptest.ErrWebhookUnreachable) {
		t.Errorf("call: %v", err)
	}
	e.SetWebhook("")
	if _, err := e.Call(within(t), ada); !errors.Is(err, whatsapptest.ErrNoWebhook) {
		t.Errorf("call: %v", err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, nil)
	call := place(t, e)
	await(t, e, whatsapptest.EventFirstPacket)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := call.WaitEnded(within(t)); err != nil {
		t.Error(err)
	}
	if _, err := e.Call(within(t), ada); !errors.Is(err, whatsapptest.ErrClosed) {
		t.Errorf("call after close: %v", err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	var keys atomic.Int32
	var wrong atomic.Int32
	_, e := newBot(t, func(b *bot) {
		b.onDTMF = func(p *rtp.Packet) {
			if len(p.Payload) != 4 || p.Payload[0] != 1 && p.Payload[0] != 11 {
				wrong.Add(1)
			}
			if p.Payload[1]&0x80 != 0 {
				keys.Add(1)
			}
		}
	})
	call := place(t, e)
	if err := call.Press(within(t), "12x"); err == nil {
		t.Error("x is no key")
	}
	await(t, e, whatsapptest.EventFirstPacket)
	if err := call.Press(within(t), "1#"); err != nil {
		t.Fatal(err)
	}
	if _, err := call.Say(within(t), toneClip(0, 100*time.Millisecond, 0)); err != nil {
		t.Fatal(err)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if keys.Load() != 6 || wrong.Load() != 0 {
		t.Errorf("%d end packets, want 3 of each key; %d wrong packets", keys.Load(), wrong.Load())
	}
}

func TestBadNetwork(t *testing.T) {
	t.Parallel()
	var packets atomic.Int32
	_, e := newBot(t, func(b *bot) { b.hear = func([]int16) { packets.Add(1) } })
	link := whatsapptest.Link{Loss: 0.5, Jitter: 60 * time.Millisecond, Repeat: 0.2, Latency: 5 * time.Millisecond, Seed: 7}
	call := place(t, e, whatsapptest.WithLink(link))
	if _, err := call.Say(within(t), toneClip(0, 2*time.Second, 0)); err != nil {
		t.Fatal(err)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if n := packets.Load(); n < 25 || n > 75 {
		t.Errorf("%d of 100 packets arrived, want about half", n)
	}
	checkViolations(t, call, "")
}

// TestWrapAround lets sequence number and timestamp wrap around early in the call.
func TestWrapAround(t *testing.T) {
	t.Parallel()
	var packets atomic.Int32
	var first atomic.Uint32
	_, e := newBot(t, func(b *bot) {
		b.packetIn = func(p *rtp.Packet) {
			if packets.Add(1) == 1 {
				first.Store(uint32(p.SequenceNumber))
			}
		}
	})
	call := place(t, e, whatsapptest.WithRTPStart(65533, 4294960000))
	if _, err := call.Say(within(t), toneClip(0, 400*time.Millisecond, 0)); err != nil {
		t.Fatal(err)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if packets.Load() < 18 || first.Load() < 65533 {
		t.Errorf("%d packets, the first with sequence number %d", packets.Load(), first.Load())
	}
}

// TestManyCalls ends more calls than the emulator remembers.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	var oldest, newest *whatsapptest.Call
	for range 257 {
		newest = ring(t, e)
		if oldest == nil {
			oldest = newest
		}
		if got := act(t, e, newest.ID(), "terminate", ""); got.Status != http.StatusOK {
			t.Fatalf("%+v", got)
		}
	}
	if got := act(t, e, newest.ID(), "terminate", ""); !strings.Contains(got.Detail, "already terminated") {
		t.Errorf("the newest: %+v", got)
	}
	if got := act(t, e, oldest.ID(), "terminate", ""); !strings.Contains(got.Detail, "there is no call") {
		t.Errorf("the oldest: %+v", got)
	}
}

func TestBusinessCalls(t *testing.T) {
	t.Parallel()
	b, e := newBot(t, nil)
	e.Permit(ada, true)
	pc, offer := b.offer(t)
	body := map[string]any{"messaging_product": "whatsapp", "action": "connect", "to": "+" + ada.WaID,
		"biz_opaque_callback_data": "ticket-9", "session": map[string]any{"sdp_type": "offer", "sdp": offer}}
	if got := graph(t, e, http.MethodPost, e.PhoneNumberID()+"/calls", body); got.Status != http.StatusOK {
		t.Fatalf("connect: %+v", got)
	}
	call, err := e.WaitCall(within(t), ada)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.answered(pc, call.Offer()); err != nil {
		t.Fatal(err)
	}
	await(t, e, whatsapptest.EventDTLSUp)
	if err := call.PickUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := call.PickUp(within(t)); err == nil {
		t.Error("picked up twice")
	}
	if got := b.act(call.ID(), "accept", goodAnswer); got.Code != 100 {
		t.Errorf("accept of an outgoing call: %+v", got)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if hook := <-b.terminated; hook["direction"] != "BUSINESS_INITIATED" || hook["biz_opaque_callback_data"] != "ticket-9" {
		t.Errorf("terminate webhook: %v", hook)
	}
	// And once more, declined.
	_, body["session"] = "", map[string]any{"sdp_type": "offer", "sdp": offer}
	if got := graph(t, e, http.MethodPost, e.PhoneNumberID()+"/calls", body); got.Status != http.StatusOK {
		t.Fatalf("connect: %+v", got)
	}
	if call, err = e.WaitCall(within(t), ada); err != nil {
		t.Fatal(err)
	}
	if err := call.Decline(within(t)); err != nil {
		t.Fatal(err)
	}
	if hook := <-b.terminated; hook["status"] != "COMPLETED" || hook["duration"] != nil {
		t.Errorf("terminate webhook of a declined call: %v", hook)
	}
}

// TestAnswerEchoesOffer wants the offer's mid and payload types back.
func TestAnswerEchoesOffer(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, nil)
	e.Permit(ada, true)
	offer := strings.NewReplacer("active", "actpass", "111", "107", "mid:audio", "mid:0", "BUNDLE audio", "BUNDLE 0").Replace(goodAnswer)
	body := map[string]any{"messaging_product": "whatsapp", "action": "connect", "to": ada.WaID,
		"session": map[string]any{"sdp_type": "offer", "sdp": offer}}
	if got := graph(t, e, http.MethodPost, e.PhoneNumberID()+"/calls", body); got.Status != http.StatusOK {
		t.Fatalf("connect: %+v", got)
	}
	call, err := e.WaitCall(within(t), ada)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"UDP/TLS/RTP/SAVPF 107 126\r\n", "a=rtpmap:107 opus/48000/2\r\n", "a=mid:0\r\n", "a=group:BUNDLE 0\r\n", "a=setup:passive\r\n"} {
		if !strings.Contains(call.Offer(), line) {
			t.Errorf("%q is not in the answer:\n%s", line, call.Offer())
		}
	}
}
