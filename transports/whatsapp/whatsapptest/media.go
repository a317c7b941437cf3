package whatsapptest

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest/internal/relay"
)

// The sample clock of a call: what the phone's microphone and earpiece work at.
const (
	// SampleRate is the rate of a call's sample clock, in samples per second.
	SampleRate = 16000

	frameTime    = 20 * time.Millisecond
	frameSamples = SampleRate / 50
	ticksPerStep = 960 // RTP ticks of 20 ms at 48 kHz
)

// media is the sound of a call: microphone, earpiece and the checks of what comes in.
type media struct {
	mic   *microphone
	ear   *ear
	down  *downlink // nil if the network to the user is perfect
	check inbound
}

// init makes the codecs, for the payload types that the user's side sends. Nothing runs before start.
func (m *media) init(c *Call, opusType, dtmfType uint8) error {
	var err error
	if m.mic, err = newMicrophone(c, opusType, dtmfType); err != nil {
		return err
	}
	if m.ear, err = newEar(c.options.unheard); err == nil && c.options.downlink != nil {
		m.down, err = newDownlink(c, *c.options.downlink)
	}
	return err
}

// relayEvents connects the relay to the call.
func (c *Call) relayEvents() relay.Events {
	return relay.Events{
		ICEUp: func(at time.Time) {
			c.mu.Lock()
			c.timings.ICEUp = at
			c.mu.Unlock()
			c.e.log.add(Event{At: at, Kind: EventICEUp, Call: c.id})
		},
		DTLSUp: func(at time.Time) {
			c.mu.Lock()
			c.timings.DTLSUp = at
			c.mu.Unlock()
			c.e.log.add(Event{At: at, Kind: EventDTLSUp, Call: c.id})
		},
		DTLSFailed: func(err error) {
			c.e.log.add(Event{Kind: EventDTLSFailed, Call: c.id, Detail: err.Error()})
			if errors.Is(err, relay.ErrFingerprint) {
				c.violate("the DTLS certificate does not match the fingerprint in the answer", time.Now())
			}
		},
		PeerClosed: func(at time.Time) { c.e.log.add(Event{At: at, Kind: EventPeerClosed, Call: c.id}) },
		RTP:        c.receive,
		RTCP:       func([]rtcp.Packet, time.Time) { c.alive(time.Now()) },
		Bad:        c.violate,
	}
}

// alive notes that the bot sent something.
func (c *Call) alive(at time.Time) {
	c.mu.Lock()
	c.lastMedia = at
	c.mu.Unlock()
}

// receive takes one packet of the bot in. It is called by one goroutine at a time.
func (c *Call) receive(p *rtp.Packet, at time.Time) {
	c.mu.Lock()
	first := c.timings.FirstPacket.IsZero()
	if first {
		c.timings.FirstPacket = at
	}
	c.lastMedia = at
	early := c.state < accepted && !c.outgoing
	remote := c.remote
	running := c.state != over
	c.mu.Unlock()
	if !running {
		return
	}
	if early {
		c.violate("RTP before accept: the phone counts that as answered", at)
	}
	if first {
		c.e.log.add(Event{At: at, Kind: EventFirstPacket, Call: c.id})
		c.media.mic.start(at)
		if c.media.down != nil {
			c.media.down.start()
		}
		c.wake()
	}
	if p.PayloadType == cmp.Or(remote.dtmf, dtmfPT) && p.PayloadType != remote.opus { // 126 even if it was not agreed on
		c.receiveDTMF(p, at)
		return
	}
	for _, fault := range c.media.check.packet(p, remote.opus, c.options.oldOffer) {
		c.violate(fault, at)
	}
	if p.PayloadType != remote.opus {
		return
	}
	if c.media.down != nil {
		c.media.ear.count(p, at.Sub(c.timings.Ring))
		c.media.down.wire.send(p)
		return
	}
	if err := c.media.ear.packet(p, at.Sub(c.timings.Ring)); err != nil {
		c.violate(err.Error(), at)
		return
	}
	c.noteSpeech()
}

// noteSpeech records the first sound of the bot.
func (c *Call) noteSpeech() {
	first, ok := c.media.ear.firstSpeech()
	if !ok {
		return
	}
	c.mu.Lock()
	known := !c.timings.FirstSpeech.IsZero()
	at := c.timings.Ring.Add(first)
	if !known {
		c.timings.FirstSpeech = at
	}
	c.mu.Unlock()
	if !known {
		c.e.log.add(Event{At: at, Kind: EventFirstSpeech, Call: c.id})
	}
}

// inbound checks the bot's RTP stream.
type inbound struct {
	started  bool
	ssrc     uint32
	seq      uint16
	ts       uint32
	keyEnded bool
	keyEnd   uint32 // RTP timestamp of the last telephone key
}

// packet returns what is wrong with a packet.
func (s *inbound) packet(p *rtp.Packet, opusType uint8, extensions bool) []string {
	var faults []string
	if p.PayloadType != opusType {
		return []string{fmt.Sprintf("RTP payload type %d: the answer says %d for Opus", p.PayloadType, opusType)}
	}
	if p.Extension && !extensions {
		faults = append(faults, "RTP header extension: none was negotiated")
	}
	if n, err := opus.PacketSamples(p.Payload, 48000); err == nil && n != ticksPerStep {
		faults = append(faults, fmt.Sprintf("Opus packet of %v ms: ptime and maxptime are 20", float64(n)/48))
	}
	if s.started {
		switch {
		case p.SSRC != s.ssrc:
			faults = append(faults, "the SSRC changed: one audio SSRC serves for the whole call")
		case p.SequenceNumber != s.seq+1:
			faults = append(faults, fmt.Sprintf("RTP sequence number went on by %d instead of 1", int16(p.SequenceNumber-s.seq)))
		case p.Timestamp-s.ts != ticksPerStep && !(p.Marker && (p.Timestamp-s.ts)%ticksPerStep == 0):
			faults = append(faults, fmt.Sprintf("RTP timestamp went on by %d instead of 960", int32(p.Timestamp-s.ts)))
		}
	}
	s.started, s.ssrc, s.seq, s.ts = true, p.SSRC, p.SequenceNumber, p.Timestamp
	return faults
}
