package rtc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

const (
	maxOffer      = 64 << 10 // bytes; real ones have about 1,500
	maxCandidates = 16       // real offers have two
)

// description is what a relay says of itself, checked.
type description struct {
	sdp        string // without candidates
	mid        string
	candidates []candidate
	// OpusType is the payload type of Opus.
	OpusType uint8
	// EventType is the payload type of telephone-event with a clock of 8000 Hz, which carries the keys that the
	// user presses. WhatsApp uses 126 even if it was not agreed on.
	EventType uint8
}

// Offer is what a relay offers for a call of the user.
type Offer struct{ description }

type candidate struct {
	line string // from "candidate:" on
	addr netip.Addr
}

// ParseOffer reads an offer, however its lines end. It returns ErrOffer, with the reason, for what cannot lead to
// a call with audio.
func ParseOffer(text string) (*Offer, error) {
	o := &Offer{}
	setup, err := o.parse(text)
	if err == nil && setup == "active" {
		err = errors.New("a=setup:active would make the relay the DTLS client; want actpass")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	return o, nil
}

// parse reads a description and returns who begins the DTLS handshake.
func (o *description) parse(text string) (setup string, err error) {
	if strings.TrimSpace(text) == "" {
		return "", errors.New("it is empty")
	}
	if len(text) > maxOffer {
		return "", fmt.Errorf("it has %d bytes; the limit is %d", len(text), maxOffer)
	}
	o.EventType = 126
	var kept strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "a=candidate:"):
			o.addCandidate(strings.TrimPrefix(line, "a="))
		case line == "" || line == "a=end-of-candidates":
		case strings.HasPrefix(line, "a=rtpmap:"):
			kept.WriteString(strings.ToLower(line) + "\r\n") // names of codecs know no case, but pion's answers repeat it
		default:
			kept.WriteString(line + "\r\n")
		}
	}
	o.sdp = kept.String()
	var d sdp.SessionDescription
	if err := d.UnmarshalString(o.sdp); err != nil {
		return "", fmt.Errorf("it is not SDP: %w", err)
	}
	if len(d.MediaDescriptions) != 1 || d.MediaDescriptions[0].MediaName.Media != "audio" {
		return "", fmt.Errorf("want exactly one media line, and that for audio; got %d lines", len(d.MediaDescriptions))
	}
	if setup, err = o.checkMedia(&d, d.MediaDescriptions[0]); err != nil {
		return "", err
	}
	o.keepTypes(d.MediaDescriptions[0].MediaName.Formats)
	return setup, nil
}

// keepTypes takes the payload types that are not used out of the media line. Meta's answers repeat types of which they
// say nothing else, which pion does not accept.
func (o *description) keepTypes(formats []string) {
	kept := slices.DeleteFunc(slices.Clone(formats), func(f string) bool {
		return f != strconv.Itoa(int(o.OpusType)) && f != strconv.Itoa(int(o.EventType))
	})
	before, rest, _ := strings.Cut(o.sdp, "\r\nm=")
	line, after, _ := strings.Cut(rest, "\r\n")
	if fields := strings.Fields(line); len(fields) > 3 {
		o.sdp = before + "\r\nm=" + strings.Join(append(fields[:3], kept...), " ") + "\r\n" + after
	}
}

// checkMedia finds what is needed in the media line.
func (o *description) checkMedia(d *sdp.SessionDescription, m *sdp.MediaDescription) (setup string, err error) {
	if proto := strings.Join(m.MediaName.Protos, "/"); proto != "UDP/TLS/RTP/SAVPF" && proto != "UDP/TLS/RTP/SAVP" {
		return "", fmt.Errorf("the transport is %q; set the number's srtp_key_exchange_protocol to DTLS", proto)
	}
	find := func(key string) string {
		if v, ok := m.Attribute(key); ok {
			return v
		}
		v, _ := d.Attribute(key)
		return v
	}
	for _, key := range []string{"ice-ufrag", "ice-pwd", "fingerprint"} {
		if find(key) == "" {
			return "", fmt.Errorf("a=%s is missing", key)
		}
	}
	o.mid = find("mid")
	if err := o.findCodecs(m); err != nil {
		return "", err
	}
	if len(o.candidates) == 0 {
		o.candidateFromLines(d, m)
	}
	if len(o.candidates) == 0 {
		return "", errors.New("there is no UDP address to send to")
	}
	return find("setup"), nil
}

func (o *description) findCodecs(m *sdp.MediaDescription) error {
	for _, format := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil || pt == 0 {
			continue
		}
		for _, a := range m.Attributes {
			number, codec, _ := strings.Cut(a.Value, " ")
			if a.Key != "rtpmap" || number != format {
				continue
			}
			switch strings.ToLower(codec) {
			case "opus/48000/2":
				if o.OpusType == 0 {
					o.OpusType = uint8(pt)
				}
			case "telephone-event/8000":
				o.EventType = uint8(pt)
			}
		}
	}
	if o.OpusType == 0 {
		return fmt.Errorf("opus/48000/2 is not among its codecs")
	}
	if o.EventType == o.OpusType {
		o.EventType = 0 // 126 is Opus here, so there are no keys
	}
	return nil
}

// addCandidate keeps a candidate if it is a UDP address. Names are not resolved: no relay has any, and an offer
// must not make this machine ask for names.
func (o *description) addCandidate(line string) {
	f := strings.Fields(line)
	if len(o.candidates) >= maxCandidates || len(f) < 8 || f[1] != "1" || !strings.EqualFold(f[2], "udp") {
		return
	}
	addr, err := netip.ParseAddr(f[4])
	if err != nil || addr.IsUnspecified() {
		return
	}
	o.candidates = append(o.candidates, candidate{line: strings.Join(f, " "), addr: addr.Unmap()})
}

// candidateFromLines makes a candidate of the c= and m= lines, for offers without any.
func (o *description) candidateFromLines(d *sdp.SessionDescription, m *sdp.MediaDescription) {
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil || m.MediaName.Port.Value < 10 { // 9 stands for "none yet"
		return
	}
	o.addCandidate(fmt.Sprintf("candidate:1 1 udp 2122260223 %s %d typ host", c.Address.Address, m.MediaName.Port.Value))
}
