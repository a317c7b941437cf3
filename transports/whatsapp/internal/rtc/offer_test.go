package rtc

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// offer2025 has the layout of the offers that WhatsApp's relays send.
const offer2025 = `v=0
o=- 1760681506762 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE audio
a=msid-semantic: WMS c3867497-e6f7-4408-82b7-80dbd11b94cf
a=ice-lite
m=audio 3484 UDP/TLS/RTP/SAVPF 111 126
c=IN IP4 192.0.2.49
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:3935165743 1 udp 2122260223 192.0.2.49 3484 typ host generation 0 network-cost 50
a=candidate:2617197009 1 udp 2122262783 2001:db8::699c 3484 typ host generation 0 network-cost 50
a=ice-ufrag:AeinEGDfvqBctbtM
a=ice-pwd:F6/jjqL0/8/Dzluc0IoZEQ==
a=fingerprint:sha-256 A2:EC:E2:C4:E4:FE:75:63:39:0D:77:45:DF:70:64:BC:F9:96:73:DE:F4:92:E5:78:D0:5B:1F:8F:E7:46:D3:C6
a=setup:actpass
a=mid:audio
a=sendrecv
a=msid:c3867497-e6f7-4408-82b7-80dbd11b94cf WhatsAppTrack1
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=16000;useinbandfec=1
a=rtpmap:126 telephone-event/8000
a=maxptime:20
a=ptime:20
a=ssrc:1047224411 cname:WhatsAppAudioStream1
`

// offer2024 has the layout of the older samples of Meta's documentation.
var offer2024 = replace(offer2025,
	"generation 0 network-cost 50\na=candidate", "generation 0 network-cost 50 ufrag AeinEGDfvqBctbtM\na=candidate",
	"a=setup", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\na=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n"+
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\na=setup",
	"maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=16000;useinbandfec=1", "minptime=10;useinbandfec=1")

func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestParseOffer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, offer  string
		opus, events uint8
		candidates   int
		loopback     bool
	}{
		{"as sent today", crlf(offer2025), 111, 126, 2, false},
		{"older layout", crlf(offer2024), 111, 126, 2, false},
		{"line feeds only", offer2025, 111, 126, 2, false},
		{"no final line end", strings.TrimSpace(crlf(offer2025)), 111, 126, 2, false},
		{"with end-of-candidates", crlf(offer2025 + "a=end-of-candidates\n"), 111, 126, 2, false},
		{"other payload types", crlf(replace(offer2025, "SAVPF 111 126", "SAVPF 107 101", ":111 ", ":107 ", ":126 ", ":101 ")), 107, 101, 2, false},
		{"no telephone-event: 126 comes anyway", crlf(replace(offer2025, "SAVPF 111 126", "SAVPF 111", "a=rtpmap:126 telephone-event/8000\n", "")), 111, 126, 2, false},
		{"Opus at 126", crlf(replace(offer2025, "SAVPF 111 126", "SAVPF 126", "a=rtpmap:126 telephone-event/8000\n", "", ":111 ", ":126 ")), 126, 0, 2, false},
		{"capital letters", crlf(replace(offer2025, "opus/48000/2", "OPUS/48000/2")), 111, 126, 2, false},
		{"no candidates: the media line's address", crlf(replace(offer2025, "a=candidate", "a=x-candidate")), 111, 126, 1, false},
		{"a relay on this machine", crlf(replace(offer2025, "192.0.2.49", "127.0.0.1", "2001:db8::699c", "::1")), 111, 126, 2, true},
		{"a relay on this machine, with another address", crlf(replace(offer2025, "192.0.2.49", "127.0.0.1")), 111, 126, 2, true},
		{"candidates that cannot be used", crlf(offer2025 + "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active\n" +
			"a=candidate:1 2 udp 1 192.0.2.1 9 typ host\na=candidate:1 1 udp 1 relay.local 9 typ host\na=candidate:nonsense\n" +
			"a=candidate:1 1 udp 1 0.0.0.0 9 typ host\n"), 111, 126, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := ParseOffer(tt.offer)
			if err != nil {
				t.Fatal(err)
			}
			if o.OpusType != tt.opus || o.EventType != tt.events || len(o.candidates) != tt.candidates || o.loopback() != tt.loopback {
				t.Errorf("got Opus %d, events %d, %d candidates, loopback %v", o.OpusType, o.EventType, len(o.candidates), o.loopback())
			}
			if strings.Contains(o.sdp, "a=candidate") || !strings.HasSuffix(o.sdp, "\r\n") || strings.Contains(strings.ReplaceAll(o.sdp, "\r\n", ""), "\n") {
				t.Errorf("the offer for the agent is not clean:\n%s", o.sdp)
			}
		})
	}
}

func TestParseOfferSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, offer, want string }{
		{"empty", " \r\n", "empty"},
		{"text", "hello", "not SDP"},
		{"binary", "\x00\xff\xfe", "not SDP"},
		{"escaped twice", strings.ReplaceAll(offer2025, "\n", `\r\n`), "not SDP"},
		{"too long", offer2025 + strings.Repeat("a=x\n", 20000), "the limit is"},
		{"no media", "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", "exactly one media line"},
		{"video too", offer2025 + "m=video 9 UDP/TLS/RTP/SAVPF 96\n", "exactly one media line"},
		{"SDES", replace(offer2025, "UDP/TLS/RTP/SAVPF", "RTP/SAVP"), "srtp_key_exchange_protocol"},
		{"no password", replace(offer2025, "a=ice-pwd", "a=ice-x"), "a=ice-pwd is missing"},
		{"no fingerprint", replace(offer2025, "a=fingerprint", "a=x"), "a=fingerprint is missing"},
		{"relay as client", replace(offer2025, "actpass", "active"), "setup:active"},
		{"no Opus", replace(offer2025, "opus/48000/2", "G722/8000"), "opus/48000/2 is not among its codecs"},
		{"no address", replace(offer2025, "a=candidate", "a=x", "audio 3484", "audio 9"), "no UDP address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseOffer(tt.offer)
			if !errors.Is(err, ErrOffer) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want ErrOffer with %q", err, tt.want)
			}
		})
	}
}

// Whatever is offered, there is an answer or an error, and no crash.
func FuzzOffer(f *testing.F) {
	f.Add(crlf(offer2025))
	f.Add(crlf(offer2024))
	f.Add(offer2025)
	f.Add(replace(offer2025, "UDP/TLS/RTP/SAVPF 111 126", "UDP/TLS/RTP/SAVPF 0 8 111"))
	f.Add(replace(offer2025, "opus/48000/2", "opus/48000/1"))
	f.Add(replace(offer2025, "192.0.2.49", "127.0.0.1", "2001:db8::699c", "::1"))
	f.Add("v=0\r\nm=audio")
	e, err := NewEndpoint(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		begin := time.Now()
		defer func() {
			if d := time.Since(begin); d > 3*time.Second {
				t.Errorf("took %v", d)
			}
		}()
		o, err := ParseOffer(text)
		if err != nil {
			if !errors.Is(err, ErrOffer) {
				t.Errorf("%v is not ErrOffer", err)
			}
			return
		}
		for i := range o.candidates { // nothing may be sent to addresses that a fuzzer makes up
			o.candidates[i].addr = loopbackAddr
		}
		p, err := e.Answer(t.Context(), o, nil, silent)
		if err != nil {
			return
		}
		if !strings.Contains(p.SDP(), "a=setup:active") || strings.Count(p.SDP(), "a=fingerprint:sha-256") != 1 {
			t.Errorf("answer:\n%s", p.SDP())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCertificateIsReplacedBeforeItExpires(t *testing.T) {
	t.Parallel()
	var c certificates
	now := time.Now()
	first, err := c.get(now)
	if err != nil {
		t.Fatal(err)
	}
	later, err := c.get(now.Add(24 * time.Hour))
	if err != nil || !later.Equals(first) {
		t.Errorf("after a day it is another one (%v)", err)
	}
	last, err := c.get(first.Expires().Add(-time.Hour))
	if err != nil || last.Equals(first) {
		t.Errorf("an hour before it expires it is still the same (%v)", err)
	}
}

func FuzzParseOffer(f *testing.F) {
	f.Add(crlf(offer2025))
	f.Add(offer2024)
	f.Add("v=0\r\ns=\r\nm=audio \r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseOffer(text)
		if (o == nil) == (err == nil) || err != nil && !errors.Is(err, ErrOffer) {
			t.Errorf("got %v, %v", o, err)
		}
	})
}
