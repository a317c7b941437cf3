package rtc

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

// untrue makes a peer whose relay answers that it begins the handshake, and waits for the peer to do so.
func untrue(t *testing.T, c Config) (*pair, *Answer) {
	t.Helper()
	p, _ := newDialler(t, c, true)
	var err error
	p.relay, err = fakerelay.NewAnswering(p.peer.SDP(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.relay.Close() })
	answer, err := ParseAnswer(strings.ReplaceAll(p.relay.Offer(), "a=setup:passive", "a=setup:active"))
	if err != nil {
		t.Fatal(err)
	}
	return p, answer
}

// The relay says that it begins the handshake and does not: this side does, from the same port and with the same source.
func TestRelayThatDoesNotBegin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{"a port for each call": {}, "one port for all calls": {Port: freePort(t)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, answer := untrue(t, c)
			if err := p.peer.Answered(answer, false); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			p.peer.Connect()
			if s := wait(t, p.states); s != Connected {
				t.Fatalf("state %d", s)
			}
			if took := time.Since(begin); took < helloWait {
				t.Errorf("media was up after %v: the relay had no time to begin", took)
			}
			if err := p.peer.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 1}, Payload: []byte{8, 1}}); err != nil {
				t.Fatal(err)
			}
			got := wait(t, p.relay.Packets())
			if !strings.Contains(p.peer.SDP(), "a=ssrc:"+strconv.FormatUint(uint64(got.SSRC), 10)+" ") {
				t.Errorf("the source is %d, which the offer does not tell", got.SSRC)
			}
			if err := p.relay.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 7}, Payload: []byte{8, 9}}); err != nil {
				t.Fatal(err)
			}
			if packet := wait(t, p.packets); packet.SequenceNumber != 7 || p.peer.Packets() != 1 {
				t.Errorf("the peer got %v, and counts %d", packet.String(), p.peer.Packets())
			}
		})
	}
}

// It can be told to begin at once.
func TestPeerBeginsAtOnce(t *testing.T) {
	t.Parallel()
	p, answer := untrue(t, Config{})
	if err := p.peer.Answered(answer, true); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	p.peer.Connect()
	if s := wait(t, p.states); s != Connected {
		t.Fatalf("state %d", s)
	}
	if took := time.Since(begin); took >= helloWait {
		t.Logf("that took %v", took)
	}
}

// Whenever the owner closes it, nothing of either connection is left, which the leak test of the package sees.
func TestCloseWhileTheHandshakeIsAwaited(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 100 * time.Millisecond, helloWait, helloWait + 5*time.Millisecond, helloWait + 30*time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			p, answer := untrue(t, Config{})
			if err := p.peer.Answered(answer, false); err != nil {
				t.Fatal(err)
			}
			p.peer.Connect()
			<-time.After(after) // a moment in the middle of it
			if err := p.peer.Close(); err != nil {
				t.Error(err)
			}
			if err := p.peer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
