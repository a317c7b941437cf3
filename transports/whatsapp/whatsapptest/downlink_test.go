package whatsapptest_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// TestBadNetworkToTheUser loses, delays, reorders and repeats what the bot sends; its phone makes the best of it, and
// the bot is not blamed.
func TestBadNetworkToTheUser(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, nil)
	link := whatsapptest.Link{Loss: 0.2, Jitter: 10 * time.Millisecond, Reorder: 0.2, Repeat: 0.2, Seed: 7}
	call := place(t, e, whatsapptest.WithDownlink(link))
	await(t, e, whatsapptest.EventFirstPacket)
	if _, err := call.Say(within(t), toneClip(0, 2*time.Second, 0)); err != nil {
		t.Fatal(err)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	sent, got := len(call.Packets()), call.Reception()
	if lost := float64(got.Lost) / float64(sent); lost < 0.05 || lost > 0.45 {
		t.Errorf("%d of %d packets were lost, want about 20 %%", got.Lost, sent)
	}
	if got.Duplicated == 0 || got.Lost != got.Recovered+got.Concealed {
		t.Errorf("reception: %+v", got)
	}
	if heard := call.Heard().Duration(); heard < 1500*time.Millisecond {
		t.Errorf("%v were heard of 2 s", heard)
	}
	checkViolations(t, call, "")
}

func TestReplayAndUnheard(t *testing.T) {
	t.Parallel()
	var packets atomic.Int32
	_, e := newBot(t, func(b *bot) { b.hear = func([]int16) { packets.Add(1) } })
	enc, err := opus.NewEncoder(16000)
	if err != nil {
		t.Fatal(err)
	}
	silence, err := enc.Silence()
	if err != nil {
		t.Fatal(err)
	}
	call := place(t, e, whatsapptest.WithReplay([][]byte{silence}), whatsapptest.Unheard())
	await(t, e, whatsapptest.EventFirstPacket)
	if _, err := call.Say(within(t), toneClip(0, time.Second, 0)); !errors.Is(err, whatsapptest.ErrReplay) {
		t.Errorf("say: %v", err)
	}
	if err := call.Press(within(t), "1"); err != nil { // which takes 160 ms
		t.Error(err)
	}
	for deadline := time.Now().Add(10 * time.Second); packets.Load() < 20 && time.Now().Before(deadline); {
		<-time.After(20 * time.Millisecond)
	}
	if err := call.HangUp(within(t)); err != nil {
		t.Fatal(err)
	}
	if n := packets.Load(); n < 20 {
		t.Errorf("%d packets were replayed", n)
	}
	if len(call.Packets()) < 20 || len(call.Heard().Samples) != 0 {
		t.Errorf("%d packets were counted, %v heard", len(call.Packets()), call.Heard().Duration())
	}
	checkViolations(t, call, "")
}
