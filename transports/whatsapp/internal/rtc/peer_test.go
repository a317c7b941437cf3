package rtc

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

const limit = 20 * time.Second

var (
	loopbackAddr = netip.MustParseAddr("127.0.0.1")
	silent       = Handler{State: func(State) {}, Packet: func(*rtp.Packet, time.Time) {}}
)

// pair is a relay and a peer that was made of its offer.
type pair struct {
	relay   *fakerelay.Relay
	peer    *Peer
	states  chan State
	packets chan rtp.Packet
}

// newPair makes a relay, changes its offer, and answers it.
func newPair(t *testing.T, c Config, change func(string) string) *pair {
	t.Helper()
	relay, err := fakerelay.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	text := relay.Offer()
	if change != nil {
		text = change(text)
	}
	o, err := ParseOffer(text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEndpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{relay: relay, states: make(chan State, 16), packets: make(chan rtp.Packet, 256)}
	p.peer, err = e.Answer(t.Context(), o, nil, Handler{
		State: func(s State) { p.states <- s },
		Packet: func(packet *rtp.Packet, _ time.Time) {
			select {
			case p.packets <- *packet.Clone():
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	t.Cleanup(func() { _ = p.peer.Close() })
	return p
}

// connect gives the relay the answer and waits for media.
func (p *pair) connect(t *testing.T) time.Duration {
	t.Helper()
	if err := p.relay.Answer(p.peer.SDP()); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	p.peer.Connect()
	if s := wait(t, p.states); s != Connected {
		t.Fatalf("state %d, want Connected", s)
	}
	took := time.Since(begin)
	wait(t, p.relay.Up()) // its side of the handshake ends a little later
	return took
}

func wait[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(limit):
		t.Fatal("nothing happened")
	}
	return v
}

// What WhatsApp demands of an answer.
func TestAnswer(t *testing.T) {
	t.Parallel()
	e, err := NewEndpoint(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"today's offer": crlf(offer2025), "older offer": crlf(offer2024), "line feeds": offer2025,
		"other payload types": crlf(replace(offer2025, "SAVPF 111 126", "SAVPF 107 101", ":111 ", ":107 ", ":126 ", ":101 ")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := ParseOffer(text)
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.Answer(t.Context(), o, nil, silent)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			answer := p.SDP()
			lines := strings.Split(strings.TrimSuffix(answer, "\r\n"), "\r\n")
			count := func(prefix string) (n int) {
				for _, l := range lines {
					if strings.HasPrefix(l, prefix) {
						n++
					}
				}
				return n
			}
			media := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "m=") })
			fingerprint := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "a=fingerprint:sha-256 ") })
			for what, ok := range map[string]bool{
				"only CRLF, also at the end":        strings.HasSuffix(answer, "\r\n") && !strings.Contains(strings.ReplaceAll(answer, "\r\n", ""), "\n"),
				"one fingerprint, sha-256":          count("a=fingerprint:") == 1 && fingerprint > 0,
				"fingerprint at media level":        fingerprint > media,
				"DTLS client":                       count("a=setup:active") == 1 && count("a=setup:") == 1,
				"one media line":                    count("m=") == 1,
				"not ICE-lite":                      count("a=ice-lite") == 0,
				"the offer's mid":                   count("a=mid:audio") == 1,
				"one source":                        count("a=ssrc:") > 0 && sources(lines) == 1,
				"rtcp-mux":                          count("a=rtcp-mux") == 1,
				"no port for RTCP":                  !strings.Contains(answer, " 2 udp "),
				"Opus":                              slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, " opus/48000/2") }),
				"telephone-event":                   slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, " telephone-event/8000") }),
				"20 ms":                             count("a=ptime:20") == 1 && count("a=maxptime:20") == 1,
				"sends and receives":                count("a=sendrecv") == 1,
				"no header extensions to be filled": count("a=extmap:") == 0,
			} {
				if !ok {
					t.Errorf("not so: %s\n%s", what, answer)
				}
			}
			if p.SDP() != answer {
				t.Error("the answer changes")
			}
		})
	}
}

func sources(lines []string) int {
	found := map[string]bool{}
	for _, l := range lines {
		if id, ok := strings.CutPrefix(l, "a=ssrc:"); ok {
			found[strings.Fields(id)[0]] = true
		}
	}
	return len(found)
}

// The whole way: deaf relay, answer, checks, handshake, audio both ways. The offer has a single candidate.
func TestMediaFlowsBothWays(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, nil)
	took := p.connect(t)
	t.Logf("media was up %v after Connect", took)
	if took > 150*time.Millisecond {
		t.Logf("that is slow: pion's own clock needs 204 ms")
	}
	send := func(seq uint16) {
		if err := p.peer.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: 960 * uint32(seq)}, Payload: []byte{8, 1, 2}}); err != nil {
			t.Fatal(err)
		}
	}
	send(1)
	got := wait(t, p.relay.Packets())
	if got.PayloadType != 111 || string(got.Payload) != "\x08\x01\x02" || got.Extension {
		t.Errorf("the relay got %v", got.Packet.String())
	}
	if err := p.relay.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 7, Timestamp: 1}, Payload: []byte{8, 9}}); err != nil {
		t.Fatal(err)
	}
	if packet := wait(t, p.packets); packet.SequenceNumber != 7 || packet.PayloadType != 111 || p.peer.Packets() != 1 {
		t.Errorf("the peer got %v, and counts %d", packet.String(), p.peer.Packets())
	}
}

// pion gives a pair of addresses up after eight checks without an answer, and Meta's relay answers none before it
// has the answer. So however long a pre-accept takes, nothing may be sent before Connect.
func TestNothingIsSentBeforeConnect(t *testing.T) {
	t.Parallel()
	relay, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	port := strconv.Itoa(relay.LocalAddr().(*net.UDPAddr).Port)
	o, err := ParseOffer(replace(offer2025, "192.0.2.49 3484", "127.0.0.1 "+port, "2001:db8::699c 3484", "127.0.0.1 "+port))
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEndpoint(Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Answer(t.Context(), o, nil, silent)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	buf := make([]byte, 1500)
	_ = relay.SetReadDeadline(time.Now().Add(450 * time.Millisecond)) // two of pion's ticks
	if n, from, err := relay.ReadFrom(buf); err == nil {
		t.Errorf("%d bytes came from %v before Connect", n, from)
	}
	p.Connect()
	_ = relay.SetReadDeadline(time.Now().Add(limit))
	if _, _, err := relay.ReadFrom(buf); err != nil {
		t.Errorf("nothing came after Connect: %v", err)
	}
}

// Every pair of addresses is tried again until the relay hears: here it gets the answer late.
func TestRelayThatHearsLate(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, nil)
	p.peer.Connect()
	late := time.AfterFunc(400*time.Millisecond, func() { _ = p.relay.Answer(p.peer.SDP()) })
	defer late.Stop()
	if s := wait(t, p.states); s != Connected {
		t.Errorf("state %d", s)
	}
}

func TestOfferWithoutCandidatesConnects(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, func(offer string) string {
		var kept []string
		port := ""
		for _, l := range strings.Split(offer, "\r\n") {
			if f := strings.Fields(l); strings.HasPrefix(l, "a=candidate:") {
				port = f[5]
				continue
			}
			kept = append(kept, l)
		}
		return replace(strings.Join(kept, "\r\n"), "m=audio 9 ", "m=audio "+port+" ", "c=IN IP4 0.0.0.0", "c=IN IP4 127.0.0.1")
	})
	p.connect(t)
}

// Keys come as payload type 126 even if that was not agreed on.
func TestPacketsOfATypeThatWasNotAgreedOn(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, func(offer string) string {
		return replace(offer, "SAVPF 111 126", "SAVPF 111", "a=rtpmap:126 telephone-event/8000\r\n", "")
	})
	p.connect(t)
	for i, payloadType := range []uint8{111, 126, 111} {
		packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), PayloadType: payloadType}, Payload: []byte{1, 0, 0, 160}}
		if err := p.relay.SendAs(packet); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, p.packets); got.PayloadType != payloadType {
			t.Errorf("got type %d, want %d", got.PayloadType, payloadType)
		}
	}
}

// All calls can share one UDP port.
func TestOnePortForAllCalls(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	relays := [2]*fakerelay.Relay{}
	e, err := NewEndpoint(Config{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i := range relays {
		if relays[i], err = fakerelay.New(); err != nil {
			t.Fatal(err)
		}
		defer relays[i].Close()
		o, err := ParseOffer(relays[i].Offer())
		if err != nil {
			t.Fatal(err)
		}
		up := make(chan State, 8)
		p, err := e.Answer(t.Context(), o, nil, Handler{State: func(s State) { up <- s }, Packet: silent.Packet})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := relays[i].Answer(p.SDP()); err != nil {
			t.Fatal(err)
		}
		p.Connect()
		if s := wait(t, up); s != Connected {
			t.Errorf("call %d: state %d", i, s)
		}
	}
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return uint16(c.LocalAddr().(*net.UDPAddr).Port)
}

func TestEndpointSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	busy, err := net.ListenUDP("udp", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	tests := []struct {
		config Config
		want   string
	}{
		{Config{Port: uint16(busy.LocalAddr().(*net.UDPAddr).Port)}, "cannot listen on UDP port"},
		{Config{PortMin: 20000, PortMax: 10000}, "UDP ports 20000 to 10000"},
		{Config{PublicIPs: []string{"example.com"}}, `"example.com" is not an IP address`},
	}
	for _, tt := range tests {
		if _, err := NewEndpoint(tt.config); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.config, err)
		}
	}
}

func TestPublicAddressIsInTheAnswer(t *testing.T) {
	t.Parallel()
	e, err := NewEndpoint(Config{PublicIPs: []string{"203.0.113.7"}})
	if err != nil {
		t.Fatal(err)
	}
	o, err := ParseOffer(offer2025)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Answer(t.Context(), o, nil, silent)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if !strings.Contains(p.SDP(), " 203.0.113.7 ") {
		t.Skip("this machine has no address but loopback")
	}
}

// Servers that do not answer delay the answer only as long as the context allows.
func TestGatheringEndsWithTheContext(t *testing.T) {
	t.Parallel()
	e, err := NewEndpoint(Config{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := ParseOffer(offer2025)
	if err != nil {
		t.Fatal(err)
	}
	deaf, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	p, err := e.Answer(ctx, o, []webrtc.ICEServer{{URLs: []string{"stun:" + deaf.LocalAddr().String()}}}, silent)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, nil)
	p.connect(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { _ = p.peer.Close() })
	}
	wg.Wait()
	_ = p.peer.Send(&rtp.Packet{Header: rtp.Header{Version: 2}}) // goes nowhere, and must not panic
}

// Names of codecs know no case.
func TestOfferInCapitals(t *testing.T) {
	t.Parallel()
	p := newPair(t, Config{}, func(offer string) string {
		return replace(offer, " opus/48000/2", " OPUS/48000/2", " telephone-event/8000", " TELEPHONE-EVENT/8000")
	})
	p.connect(t)
}
