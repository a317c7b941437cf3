package whatsapptest

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// offered are the payload types of the emulated offer.
const (
	opusPT = 111
	dtmfPT = 126
)

// maxSDPBytes bounds an SDP; real ones have 1 to 3 kB.
const maxSDPBytes = 64 << 10

// description is what the emulator needs of the business's SDP.
type description struct {
	ufrag, pwd  string
	fingerprint string
	setup       string
	mid         string
	opus        uint8 // payload type under which it sends Opus
	dtmf        uint8 // payload type of telephone-event/8000; 0 if there is none
}

// sdpRules are the parts of the check that a test may relax, or that differ between an answer and an offer.
type sdpRules struct {
	offer            bool // an offer of the business: setup actpass, payload types of its own choice
	allowPassive     bool // a=setup:passive is taken (and what follows is the relay's business)
	mediaFingerprint bool // the fingerprint must stand in the media section
	looseLineEnds    bool // LF without CR is taken
	strictPacketTime bool // a=ptime other than 20 is refused
}

// parseSDP reads and checks the business's SDP. Its errors are meant for error_data.details: each names the
// line or attribute at fault.
func parseSDP(text string, rules sdpRules) (description, error) {
	var d description
	lines, err := sdpLines(text, rules.looseLineEnds)
	if err != nil {
		return d, err
	}
	p := sdpParser{rules: rules}
	for i, line := range lines {
		if err := p.line(line); err != nil {
			return d, fmt.Errorf("SDP line %d: %w", i+1, err)
		}
	}
	return p.finish()
}

// sdpFault is a fault in Meta's own words.
type sdpFault string

// Error returns the words.
func (f sdpFault) Error() string { return string(f) }

// sdpLines splits an SDP and checks its outer form.
func sdpLines(text string, loose bool) ([]string, error) {
	switch {
	case text == "":
		return nil, fmt.Errorf("SDP is empty")
	case len(text) > maxSDPBytes:
		return nil, fmt.Errorf("SDP has %d bytes, more than %d", len(text), maxSDPBytes)
	case strings.Contains(text, `\r\n`):
		return nil, fmt.Errorf(`SDP has the characters \r\n where line ends should be: they were escaped twice`)
	}
	if loose {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}
	if !strings.HasSuffix(text, "\r\n") {
		return nil, fmt.Errorf("SDP EOF: the last line does not end in CRLF")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	for i, line := range lines {
		if strings.ContainsAny(line, "\r\n") {
			return nil, fmt.Errorf("SDP line %d: a line ends in LF or CR alone, want CRLF", i+1)
		}
		if len(line) < 2 || line[1] != '=' {
			return nil, fmt.Errorf("SDP line %d: %q is not of the form x=value", i+1, clip(line))
		}
	}
	if lines[0] != "v=0" {
		return nil, fmt.Errorf("SDP line 1: want v=0, got %q", clip(lines[0]))
	}
	return lines, nil
}

// sdpParser collects what the lines say.
type sdpParser struct {
	rules         sdpRules
	d             description
	media         bool // inside the media section
	fingerprints  int
	sessionPrints int
	rtcpMux       bool
	direction     string
	formats       []string
	maps          map[string]string // payload type to encoding
	group         string
	grouped       bool
}

// line takes one line in.
func (p *sdpParser) line(line string) error {
	value := line[2:]
	switch line[0] {
	case 'm':
		return p.mediaLine(value)
	case 'a':
		name, arg, _ := strings.Cut(value, ":")
		return p.attribute(name, strings.TrimSpace(arg))
	}
	return nil
}

// mediaLine checks "audio 9 UDP/TLS/RTP/SAVPF 111 126".
func (p *sdpParser) mediaLine(value string) error {
	fields := strings.Fields(value)
	if len(fields) < 4 {
		return fmt.Errorf("m-line %q is incomplete", clip(value))
	}
	switch {
	case fields[0] != "audio":
		return fmt.Errorf("media type %q is not supported, only audio", clip(fields[0]))
	case p.media:
		return fmt.Errorf("more than one m=audio line")
	case fields[1] == "0":
		return fmt.Errorf("port 0 rejects the audio")
	case fields[2] != "UDP/TLS/RTP/SAVPF" && fields[2] != "UDP/TLS/RTP/SAVP":
		return fmt.Errorf("protocol %q is not supported, want UDP/TLS/RTP/SAVPF", clip(fields[2]))
	}
	p.media, p.formats = true, fields[3:]
	return nil
}

// attribute takes one a-line in.
func (p *sdpParser) attribute(name, arg string) error {
	switch name {
	case "fingerprint":
		return p.fingerprint(arg)
	case "ice-ufrag":
		p.d.ufrag = arg
	case "ice-pwd":
		p.d.pwd = arg
	case "setup":
		p.d.setup = arg
	case "mid":
		p.d.mid = arg
	case "group":
		if rest, ok := strings.CutPrefix(arg, "BUNDLE"); ok {
			p.group, p.grouped = strings.TrimSpace(rest), true
		}
	case "rtcp-mux":
		p.rtcpMux = true
	case "ice-lite":
		return fmt.Errorf("a=ice-lite: both sides cannot be lite, nobody would send checks")
	case "crypto":
		return fmt.Errorf("a=crypto: SDES is not enabled on this number")
	case "sendrecv", "sendonly", "recvonly", "inactive":
		p.direction = name
	case "rtpmap":
		return p.rtpmap(arg)
	case "ptime":
		if p.rules.strictPacketTime && arg != "20" {
			return fmt.Errorf("a=ptime:%s: want 20", clip(arg))
		}
	}
	return nil
}

// fingerprint checks "sha-256 AB:CD:...".
func (p *sdpParser) fingerprint(arg string) error {
	algorithm, value, _ := strings.Cut(arg, " ")
	if !strings.EqualFold(algorithm, "sha-256") {
		return sdpFault("Fingerprint algo is not SHA256")
	}
	value = strings.TrimSpace(value)
	sum, err := hex.DecodeString(strings.ReplaceAll(value, ":", ""))
	if err != nil || len(sum) != 32 || len(value) != 32*3-1 {
		return fmt.Errorf("fingerprint %q is not 32 bytes of hex with colons", clip(value))
	}
	p.fingerprints++
	if !p.media {
		p.sessionPrints++
	}
	p.d.fingerprint = value
	return nil
}

// rtpmap takes "111 opus/48000/2" in.
func (p *sdpParser) rtpmap(arg string) error {
	format, encoding, ok := strings.Cut(arg, " ")
	if !ok {
		return fmt.Errorf("a=rtpmap:%s has no encoding", clip(arg))
	}
	if p.maps == nil {
		p.maps = make(map[string]string)
	}
	p.maps[format] = strings.ToLower(strings.TrimSpace(encoding))
	return nil
}

// finish checks the whole.
func (p *sdpParser) finish() (description, error) {
	d := p.d
	switch {
	case !p.media:
		return d, fmt.Errorf("SDP has no m=audio line")
	case p.fingerprints == 0:
		return d, sdpFault("No fingerprint found in SDP")
	case p.fingerprints > 1:
		return d, fmt.Errorf("SDP has %d fingerprints, want exactly one, sha-256", p.fingerprints)
	case p.rules.mediaFingerprint && p.sessionPrints > 0:
		return d, sdpFault("No fingerprint found in SDP: it stands at session level, not in the media section")
	case len(d.ufrag) < 4 || len(d.ufrag) > 256:
		return d, fmt.Errorf("a=ice-ufrag is missing or has not 4 to 256 characters")
	case len(d.pwd) < 22 || len(d.pwd) > 256:
		return d, fmt.Errorf("a=ice-pwd is missing or has not 22 to 256 characters")
	case !p.rtcpMux:
		return d, fmt.Errorf("a=rtcp-mux is missing: there is one port for everything")
	case p.direction != "" && p.direction != "sendrecv":
		return d, fmt.Errorf("a=%s: want a=sendrecv, a call has two sides", p.direction)
	}
	if err := p.checkRole(); err != nil {
		return d, err
	}
	return p.checkFormats(d)
}

// checkRole checks a=setup, the mid and the group.
func (p *sdpParser) checkRole() error {
	d := p.d
	switch {
	case d.setup == "":
		return fmt.Errorf("a=setup is missing")
	case p.rules.offer:
		if d.setup != "actpass" && d.setup != "active" {
			return fmt.Errorf("a=setup:%s: an offer says actpass", clip(d.setup))
		}
		return nil
	case d.setup == "passive" && !p.rules.allowPassive:
		return fmt.Errorf("a=setup:passive: the relay never sends a ClientHello, answer with a=setup:active")
	case d.setup != "active" && d.setup != "passive":
		return fmt.Errorf("a=setup:%s: an answer says active", clip(d.setup))
	case d.mid != "" && d.mid != "audio":
		return fmt.Errorf("a=mid:%s: the offer said audio", clip(d.mid))
	case p.grouped && p.group != "audio":
		return fmt.Errorf("a=group:BUNDLE %s: the offer said audio", clip(p.group))
	}
	return nil
}

// checkFormats finds Opus and telephone-event among the payload types of the m-line.
func (p *sdpParser) checkFormats(d description) (description, error) {
	for _, format := range p.formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			return d, fmt.Errorf("payload type %q in the m-line is not a number up to 127", clip(format))
		}
		if !p.rules.offer && pt != opusPT && pt != dtmfPT {
			return d, fmt.Errorf("payload type %d was not offered, only %d and %d were", pt, opusPT, dtmfPT)
		}
		switch p.maps[format] {
		case "opus/48000/2":
			if d.opus == 0 {
				d.opus = uint8(pt)
			}
		case "telephone-event/8000":
			if d.dtmf == 0 {
				d.dtmf = uint8(pt)
			}
		}
	}
	if d.opus == 0 {
		return d, fmt.Errorf("no payload type with a=rtpmap opus/48000/2 in the m-line")
	}
	return d, nil
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
