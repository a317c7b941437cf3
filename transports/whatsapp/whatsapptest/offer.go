package whatsapptest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
)

// offerFacts is what differs from offer to offer.
type offerFacts struct {
	addr        netip.AddrPort
	ufrag, pwd  string
	fingerprint string
	ssrc        uint32
	at          time.Time
	setup       string // "actpass", or what an answer says
	mid         string // "audio", or what the business offered
	opus, dtmf  uint8  // payload types
	old         bool   // the layout that the older documentation shows
}

// sdp writes the session description of the emulated relay, line by line as WhatsApp's relays do: ice-lite at
// session level, all the rest in the one media section, CRLF everywhere.
func (o offerFacts) sdp() string {
	stream := uuid.NewString()
	ip, port := o.addr.Addr(), o.addr.Port()
	family := "IP4"
	if ip.Is6() {
		family = "IP6"
	}
	lines := []string{
		"v=0",
		fmt.Sprintf("o=- %d 2 IN IP4 127.0.0.1", o.at.UnixMilli()),
		"s=-",
		"t=0 0",
		"a=group:BUNDLE " + o.mid,
		"a=msid-semantic: WMS " + stream,
		"a=ice-lite",
		fmt.Sprintf("m=audio %d UDP/TLS/RTP/SAVPF %d %d", port, o.opus, o.dtmf),
		fmt.Sprintf("c=IN %s %s", family, ip),
		"a=rtcp:9 IN IP4 0.0.0.0",
	}
	if o.old {
		lines = append(lines, o.oldMedia(stream)...)
	} else {
		lines = append(lines,
			fmt.Sprintf("a=candidate:%d 1 udp 2122260223 %s %d typ host generation 0 network-cost 50", rand.Uint32(), ip, port),
			"a=ice-ufrag:"+o.ufrag,
			"a=ice-pwd:"+o.pwd,
			"a=fingerprint:sha-256 "+o.fingerprint,
			"a=setup:"+o.setup,
			"a=mid:"+o.mid,
			"a=sendrecv",
			"a=msid:"+stream+" WhatsAppTrack1",
			"a=rtcp-mux",
			fmt.Sprintf("a=rtpmap:%d opus/48000/2", o.opus),
			fmt.Sprintf("a=rtcp-fb:%d transport-cc", o.opus),
			fmt.Sprintf("a=fmtp:%d maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=16000;useinbandfec=1", o.opus),
			fmt.Sprintf("a=rtpmap:%d telephone-event/8000", o.dtmf),
			"a=maxptime:20",
			"a=ptime:20",
			fmt.Sprintf("a=ssrc:%d cname:WhatsAppAudioStream1", o.ssrc),
		)
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// oldMedia has the media attributes of the older layout: header extensions, other fmtp, a ufrag on the candidate.
func (o offerFacts) oldMedia(stream string) []string {
	ip, port := o.addr.Addr(), o.addr.Port()
	return []string{
		fmt.Sprintf("a=candidate:%d 1 udp 2113937151 %s %d typ host generation 0 network-cost 50 ufrag %s", rand.Uint32(), ip, port, o.ufrag),
		"a=ice-ufrag:" + o.ufrag,
		"a=ice-pwd:" + o.pwd,
		"a=fingerprint:sha-256 " + o.fingerprint,
		"a=setup:" + o.setup,
		"a=mid:" + o.mid,
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
		"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
		"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
		"a=sendrecv",
		"a=rtcp-mux",
		fmt.Sprintf("a=rtpmap:%d opus/48000/2", o.opus),
		fmt.Sprintf("a=rtcp-fb:%d transport-cc", o.opus),
		fmt.Sprintf("a=fmtp:%d minptime=10;useinbandfec=1", o.opus),
		fmt.Sprintf("a=rtpmap:%d telephone-event/8000", o.dtmf),
		"a=maxptime:20",
		"a=ptime:20",
		fmt.Sprintf("a=ssrc:%d cname:gAXq2V9TKltrnapv", o.ssrc),
		fmt.Sprintf("a=ssrc:%d msid:%s audio#R5wfXFcdmT6", o.ssrc, stream),
	}
}
