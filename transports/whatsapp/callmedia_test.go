package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(limit):
		t.Fatal("nothing happened")
	}
	return v
}

// A relay that never answers: the call is not accepted, and not left ringing either.
func TestMediaThatNeverConnects(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *whatsapp.Config) { c.ConnectTimeout = 300 * time.Millisecond })
	why := make(chan error, 1)
	p.bot.OnCall(hold(why))
	deaf, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer deaf.Close()
	r, err := fakerelay.New()
	must(t, err)
	defer r.Close()
	p.connect("wacid.1", elsewhere(r.Offer(), deaf.LocalAddr().(*net.UDPAddr).Port))
	if err := await(t, why); !errors.Is(err, whatsapp.ErrNotConnected) {
		t.Errorf("reason %v", err)
	}
	must(t, p.bot.Shutdown(t.Context()))
	if got := p.requests(); got != "pre_accept terminate" {
		t.Errorf("requests: %s", got)
	}
}

// The connection lives, and no audio comes.
func TestSilentCaller(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *whatsapp.Config) { c.SilenceTimeout = 400 * time.Millisecond })
	why := make(chan error, 1)
	p.bot.OnCall(hold(why))
	r := p.relay("wacid.1")[0]
	p.connect("wacid.1", r.Offer())
	first := await(t, r.Packets())
	// As long as audio comes, the call lives.
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for i := range uint16(10) {
		<-ticker.C
		must(t, r.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: i, Timestamp: 960 * uint32(i)}, Payload: first.Payload}))
	}
	select {
	case err := <-why:
		t.Fatalf("the call ended although audio came: %v", err)
	default:
	}
	if err := await(t, why); !errors.Is(err, whatsapp.ErrMediaLost) {
		t.Errorf("reason %v", err)
	}
	must(t, p.bot.Shutdown(t.Context()))
	if got := p.requests(); got != "pre_accept accept terminate" {
		t.Errorf("requests: %s", got)
	}
}

// Two calls of one user are two calls.
func TestTwoCallsOfOneUser(t *testing.T) {
	t.Parallel()
	p := newPlain(t, nil)
	p.bot.OnCall(beep)
	relays := p.relay("wacid.1", "wacid.2")
	p.connect("wacid.1", relays[0].Offer())
	p.connect("wacid.2", relays[1].Offer())
	await(t, relays[0].Packets())
	await(t, relays[1].Packets())
	p.post(map[string]any{"id": "wacid.1", "event": "terminate"})
	for drained := false; !drained; { // what was on its way when the first call ended
		select {
		case <-relays[1].Packets():
		default:
			drained = true
		}
	}
	await(t, relays[1].Packets())
	if calls := p.bot.Calls(); len(calls) != 1 || calls[0].ID() != "wacid.2" {
		t.Errorf("calls: %v", calls)
	}
}

// A peer that is connected before Meta's answer to the pre-accept is there must not be missed.
func TestMediaThatIsFasterThanMeta(t *testing.T) {
	t.Parallel()
	p := newPlain(t, nil)
	accepted := make(chan struct{})
	p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		<-c.Accepted()
		close(accepted)
		<-ctx.Done()
		return nil
	})
	r, err := fakerelay.NewFull()
	must(t, err)
	defer r.Close()
	p.onAnswer = func(_, sdp string) {
		if err := r.Answer(sdp); err != nil {
			t.Error(err)
		}
		select { // the pre-accept is answered only when all is connected
		case <-r.Up():
		case <-time.After(limit):
			t.Error("not connected")
		}
	}
	p.connect("wacid.1", r.Offer())
	await(t, accepted)
}
