package rtc

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

// newDialler makes a peer that offers.
func newDialler(t *testing.T, c Config, local bool) (*pair, *Endpoint) {
	t.Helper()
	e, err := NewEndpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	p := &pair{states: make(chan State, 16), packets: make(chan rtp.Packet, 256)}
	p.peer, err = e.Offer(t.Context(), local, nil, Handler{
		State:  func(s State) { p.states <- s },
		Packet: func(packet *rtp.Packet, _ time.Time) { p.packets <- *packet.Clone() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.peer.Close() })
	return p, e
}

// What Meta asks of an offer.
func TestOffer(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"for Meta": false, "for an emulator": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := newDialler(t, Config{}, local)
			offer := p.peer.SDP()
			lines := strings.Split(strings.TrimSuffix(offer, "\r\n"), "\r\n")
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
				"line ends":                         strings.HasSuffix(offer, "\r\n") && !strings.Contains(strings.ReplaceAll(offer, "\r\n", ""), "\n"),
				"one fingerprint, sha-256":          count("a=fingerprint:") == 1 && fingerprint > 0,
				"fingerprint at media level":        fingerprint > media,
				"either side may begin":             count("a=setup:actpass") == 1 && count("a=setup:") == 1,
				"one media line, audio":             count("m=") == 1 && count("m=audio ") == 1,
				"not ICE-lite":                      count("a=ice-lite") == 0,
				"one source":                        sources(lines) == 1,
				"rtcp-mux":                          count("a=rtcp-mux") == 1,
				"no port for RTCP":                  !strings.Contains(offer, " 2 udp "),
				"Opus as 111":                       count("a=rtpmap:111 opus/48000/2") == 1,
				"telephone-event as 126":            count("a=rtpmap:126 telephone-event/8000") == 1,
				"no other codec":                    count("a=rtpmap:") == 2,
				"20 ms":                             count("a=ptime:20") == 1 && count("a=maxptime:20") == 1,
				"sends and receives":                count("a=sendrecv") == 1,
				"no header extensions to be filled": count("a=extmap:") == 0,
				"all candidates":                    count("a=end-of-candidates") == 1 && (!local || count("a=candidate:") > 0),
				"loopback":                          strings.Contains(offer, " 127.0.0.1 ") == local,
			} {
				if !ok {
					t.Errorf("not so: %s\n%s", what, offer)
				}
			}
		})
	}
}

// The whole way of a call of the business, whoever begins the handshake.
func TestOfferIsAnswered(t *testing.T) {
	t.Parallel()
	for name, active := range map[string]bool{"the peer begins the handshake": false, "the relay begins it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := newDialler(t, Config{}, true)
			relay, err := fakerelay.NewAnswering(p.peer.SDP(), active)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = relay.Close() })
			answer, err := ParseAnswer(relay.Offer())
			if err != nil {
				t.Fatal(err)
			}
			if answer.Active != active || answer.OpusType != 111 || answer.EventType != 126 {
				t.Errorf("the answer is %+v", answer)
			}
			if err := p.peer.Answered(answer, false); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			p.peer.Connect()
			if s := wait(t, p.states); s != Connected {
				t.Fatalf("state %d", s)
			}
			t.Logf("media was up %v after the answer", time.Since(begin))
			for i, payloadType := range []uint8{111, 126, 111} {
				packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), PayloadType: payloadType}, Payload: []byte{8, 1, 2, 3}}
				if err := p.peer.Send(packet); err != nil {
					t.Fatal(err)
				}
				if got := wait(t, relay.Packets()); got.PayloadType != payloadType {
					t.Errorf("the relay got type %d, want %d", got.PayloadType, payloadType)
				}
			}
			if err := relay.Send(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 7}, Payload: []byte{8, 9}}); err != nil {
				t.Fatal(err)
			}
			if packet := wait(t, p.packets); packet.SequenceNumber != 7 {
				t.Errorf("the peer got %v", packet.String())
			}
		})
	}
}

// The answers that Meta's documents show, and those that lead nowhere.
func TestParseAnswer(t *testing.T) {
	t.Parallel()
	// answer2024 is the layout of the sample in Meta's documentation.
	const answer2024 = `v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=ice-lite
m=audio 3482 UDP/TLS/RTP/SAVPF 111 9 0 8 110 126
c=IN IP4 192.0.2.130
a=candidate:2754936280 1 udp 2113937151 192.0.2.130 3482 typ host generation 0 network-cost 50 ufrag JHqAXFH4HcAY/8
a=ice-ufrag:JHqAXFH4HcAY/8
a=ice-pwd:dNNMmR8wUcGezvfBZOO0Qgcwl2m86GP/
a=ice-options:trickle
a=fingerprint:sha-256 A2:EC:E2:C4:E4:FE:75:63:39:0D:77:45:DF:70:64:BC:F9:96:73:DE:F4:92:E5:78:D0:5B:1F:8F:E7:46:D3:C6
a=setup:active
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:126 telephone-event/8000
`
	for name, tt := range map[string]struct {
		text   string
		active bool
		wrong  string
	}{
		"as documented":      {text: answer2024, active: true},
		"the other role":     {text: replace(answer2024, "setup:active", "setup:passive")},
		"codec in capitals":  {text: replace(answer2024, "opus/48000/2", "OPUS/48000/2"), active: true},
		"as relays offer":    {text: offer2025, wrong: "setup"},
		"no role":            {text: replace(answer2024, "a=setup:active\n", ""), wrong: "setup"},
		"empty":              {wrong: "empty"},
		"no SDP":             {text: "hello", wrong: "SDP"},
		"without Opus":       {text: replace(answer2024, "opus/48000/2", "G722/8000"), wrong: "opus"},
		"without password":   {text: replace(answer2024, "a=ice-pwd:dNNMmR8wUcGezvfBZOO0Qgcwl2m86GP/\n", ""), wrong: "ice-pwd"},
		"nowhere to send to": {text: replace(answer2024, "a=candidate", "a=x", "audio 3482", "audio 9"), wrong: "address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := ParseAnswer(crlf(tt.text))
			if tt.wrong != "" {
				if !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want something about %s", err, tt.wrong)
				}
				return
			}
			if err != nil || a.Active != tt.active {
				t.Fatalf("got %+v, %v", a, err)
			}
			p, _ := newDialler(t, Config{}, true)
			if err := p.peer.Answered(a, false); err != nil {
				t.Errorf("it does not fit the offer: %v", err)
			}
		})
	}
}

// An answer that can be read and does not fit the offer is an error, and no more than that.
func TestAnswerThatDoesNotFit(t *testing.T) {
	t.Parallel()
	p, _ := newDialler(t, Config{}, true)
	a, err := ParseAnswer(crlf(replace(offer2025, "setup:actpass", "setup:passive", "fingerprint:sha-256 A2", "fingerprint:sha-257 A2")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.peer.Answered(a, false); err != nil && !errors.Is(err, ErrAnswer) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(crlf(replace(offer2025, "actpass", "active")))
	f.Add(offer2024)
	f.Add("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAnswer(text)
		if (a == nil) == (err == nil) || err != nil && !errors.Is(err, ErrAnswer) {
			t.Errorf("got %v, %v", a, err)
		}
	})
}
