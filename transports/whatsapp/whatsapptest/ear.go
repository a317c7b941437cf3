package whatsapptest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// maxEarSamples bounds what a call keeps of the bot's voice: an hour.
const maxEarSamples = SampleRate * 3600

// Packet is one Opus packet of the bot.
type Packet struct {
	At       time.Duration // arrival, on the call's clock
	Sequence uint16
	Ticks    uint32 // RTP timestamp, at 48 kHz
	Bytes    int
}

// ear decodes what the bot sends and puts it on the call's sample clock.
type ear struct {
	decoder *opus.Decoder
	buf     []int16
	unheard bool // nobody listens: packets are only counted

	mu      sync.Mutex
	begun   bool
	heard   []int16 // from the ring on
	packets []Packet
	meter   meter
	anchor  int64  // sample at which the packet with anchorTicks is played
	ticks   uint32 // of the anchor
	more    chan struct{}
}

func newEar(unheard bool) (*ear, error) {
	decoder, err := opus.NewDecoder(SampleRate)
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	return &ear{unheard: unheard, decoder: decoder, buf: make([]int16, decoder.MaxSamples())}, nil
}

// packet decodes a packet that arrived at a time on the call's clock.
func (e *ear) packet(p *rtp.Packet, at time.Duration) error {
	if e.unheard {
		e.count(p, at)
		return nil
	}
	n, err := e.decoder.Decode(p.Payload, e.buf)
	if err != nil {
		return fmt.Errorf("packet that is not Opus: %w", err)
	}
	e.count(p, at)
	e.hear(e.buf[:n], p.Timestamp, at)
	return nil
}

// count keeps what a packet looked like.
func (e *ear) count(p *rtp.Packet, at time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.packets = append(e.packets, Packet{At: at, Sequence: p.SequenceNumber, Ticks: p.Timestamp, Bytes: len(p.Payload)})
	e.wake()
}

// hear takes decoded sound, stamped with its RTP time, at a time on the call's clock.
func (e *ear) hear(pcm []int16, ticks uint32, at time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	loud := e.meter.feed(pcm, at)
	e.play(pcm, ticks, samplesAt(at), !e.begun, loud)
	e.begun = true
	e.wake()
}

// wake tells those who wait that there is more. It needs the lock.
func (e *ear) wake() {
	if e.more != nil {
		close(e.more)
		e.more = nil
	}
}

// play puts samples where a phone would play them: behind the packet before, by the RTP timestamps. A packet
// that is late makes a gap, and what was buffered since then is given back in the next silence: an adaptive
// jitter buffer that starts with no delay at all.
func (e *ear) play(pcm []int16, ticks uint32, arrived int64, first, loud bool) {
	at := e.anchor + int64(int32(ticks-e.ticks))/(48000/SampleRate)
	buffered := at - arrived
	switch {
	case first, buffered < 0, buffered > 2*SampleRate:
		at = arrived
		e.anchor, e.ticks = at, ticks
	case !loud && buffered > frameSamples:
		at = max(arrived, int64(len(e.heard)))
		if at-arrived < buffered {
			e.anchor, e.ticks = at, ticks
		}
	}
	end := at + int64(len(pcm))
	if end > maxEarSamples {
		return
	}
	if missing := end - int64(len(e.heard)); missing > 0 {
		e.heard = append(e.heard, make([]int16, missing)...)
	}
	copy(e.heard[at:end], pcm)
}

// samplesAt converts a time on the call's clock into a sample position.
func samplesAt(at time.Duration) int64 { return int64(at) * SampleRate / int64(time.Second) }

// firstSpeech is when the bot was first heard.
func (e *ear) firstSpeech() (time.Duration, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.meter.spans) == 0 {
		return 0, false
	}
	return e.meter.spans[0].Start, true
}

// state returns the spans of speech, and a channel that is closed with the next packet.
func (e *ear) state() ([]Span, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.more == nil {
		e.more = make(chan struct{})
	}
	return slices.Clone(e.meter.spans), e.more
}

// Heard is what the user has heard of the bot so far, on the call's sample clock: mono, from the ring on, with
// silence where nothing came.
func (c *Call) Heard() audio.PCM {
	c.media.ear.mu.Lock()
	defer c.media.ear.mu.Unlock()
	return audio.PCM{Format: audio.Mono(SampleRate), Samples: slices.Clone(c.media.ear.heard)}
}

// Packets returns the Opus packets of the bot so far.
func (c *Call) Packets() []Packet {
	c.media.ear.mu.Lock()
	defer c.media.ear.mu.Unlock()
	return slices.Clone(c.media.ear.packets)
}
