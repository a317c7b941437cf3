package whatsapptest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// microphone sends 20 ms of Opus every 20 ms, from the bot's first packet to the end of the call: what Say
// queued, or the noise of the room.
type microphone struct {
	call    *Call
	encoder *opus.Encoder
	packet  rtp.Packet
	noise   *rand.Rand
	level   float64 // amplitude of the noise
	wire    *wire
	replay  [][]byte // what is sent in place of sound, over and over
	opus    uint8    // payload types
	dtmf    uint8

	mu      sync.Mutex
	running bool
	startAt time.Duration // of the first sample, on the call's clock
	said    []int16       // all samples since then
	queue   []*speech
	keys    []keyFrame
	more    chan struct{} // closed when the microphone starts
}

// speech is a clip to say.
type speech struct {
	pcm   []int16
	next  int
	start int64 // position of its first sample, in samples since the microphone started
	done  chan struct{}
}

func newMicrophone(c *Call, opusType, dtmfType uint8) (*microphone, error) {
	// 20 kbit/s with forward error correction is what WhatsApp's offers ask for and what its phones send.
	encoder, err := opus.NewEncoder(SampleRate, opus.WithBitrate(20000), opus.WithFEC(true, 10))
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	seed := c.options.link.Seed
	m := &microphone{
		call: c, opus: opusType, dtmf: dtmfType, encoder: encoder, replay: c.options.replay, noise: rand.New(rand.NewPCG(seed, 1)), more: make(chan struct{}),
		packet: rtp.Packet{Header: rtp.Header{
			Version: 2, PayloadType: opusType, SSRC: c.ssrc, Marker: true,
			SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32(),
		}},
	}
	if start := c.options.rtpStart; start != nil {
		m.packet.SequenceNumber, m.packet.Timestamp = start.sequence, start.timestamp
	}
	if db := c.e.cfg.room; db > -90 {
		m.level = 32768 * math.Pow(10, db/20) * math.Sqrt(3) // uniform noise peaks at sqrt(3) of its RMS
	}
	m.wire = newWire(c.options.link, 2, func(p *rtp.Packet) {
		_ = c.relay.WriteRTP(p) // fails only when the call ends
	})
	return m, nil
}

// start begins to send, once.
func (m *microphone) start(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running {
		return
	}
	m.running = true
	m.startAt = at.Sub(m.call.timings.Ring)
	close(m.more)
	m.call.wg.Go(func() { m.run(at) }) // ends with the call
	if m.wire.delayed() {
		m.call.wg.Go(func() { m.wire.run(m.call.done) }) // ends with the call
	}
}

// run sends one frame after the other: the frame that was recorded up to now leaves now.
func (m *microphone) run(start time.Time) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	report := newReporter(m.call)
	var buf []byte
	for n := 1; ; n++ {
		timer.Reset(time.Until(start.Add(time.Duration(n) * frameTime)))
		select {
		case <-m.call.done:
			return
		case <-timer.C:
		}
		if len(m.replay) > 0 {
			if !m.sendKey() {
				m.send(m.replay[(n-1)%len(m.replay)])
			}
		} else {
			buf = m.speak(buf)
		}
		m.packet.Timestamp += ticksPerStep
		report.tick(n, m.packet.Timestamp)
	}
}

// speak sends the next frame of the room, or of a key, and returns the buffer to use for the next.
func (m *microphone) speak(buf []byte) []byte {
	pcm, finished := m.record()
	if !m.sendKey() {
		if encoded, err := m.encoder.Encode(buf[:0], pcm); err == nil {
			buf = encoded
			m.send(buf)
		}
	}
	for _, c := range finished {
		close(c.done)
	}
	return buf
}

// send puts a payload on the wire, as the current packet.
func (m *microphone) send(payload []byte) {
	p := m.packet
	p.Payload = slices.Clone(payload)
	m.wire.send(&p)
	m.packet.SequenceNumber++
	m.packet.Marker = false
}

// record makes the next frame and tells which clips end in it.
func (m *microphone) record() (pcm []int16, finished []*speech) {
	pcm = make([]int16, frameSamples)
	m.mu.Lock()
	defer m.mu.Unlock()
	for filled := 0; filled < len(pcm) && len(m.queue) > 0; {
		c := m.queue[0]
		if c.start < 0 {
			if filled > 0 {
				break // clips begin with a frame, so that their place is easy to tell
			}
			c.start = int64(len(m.said))
		}
		n := copy(pcm[filled:], c.pcm[c.next:])
		filled += n
		if c.next += n; c.next == len(c.pcm) {
			finished = append(finished, c)
			m.queue = m.queue[1:]
		}
	}
	if m.level > 0 {
		for i, v := range pcm {
			noisy := float64(v) + (m.noise.Float64()*2-1)*m.level
			pcm[i] = int16(max(-32768, min(32767, noisy)))
		}
	}
	m.said = append(m.said, pcm...)
	return pcm, finished
}

// say queues a clip.
func (m *microphone) say(pcm []int16) *speech {
	c := &speech{pcm: pcm, start: -1, done: make(chan struct{})}
	m.mu.Lock()
	m.queue = append(m.queue, c)
	m.mu.Unlock()
	return c
}

// drop takes a clip back: what was not sent of it is not said.
func (m *microphone) drop(c *speech) {
	m.mu.Lock()
	m.queue = slices.DeleteFunc(m.queue, func(q *speech) bool { return q == c })
	m.mu.Unlock()
}

// Utterance is something that the user said, on the call's clock. A sample's time is when the microphone
// recorded it; it leaves in the packet that ends up to 20 ms later.
type Utterance struct {
	Start       time.Duration // of the clip
	End         time.Duration
	FirstSpeech time.Duration // first and last sample of speech in it; Start and End if it has none
	LastSpeech  time.Duration
}

// Say lets the user speak: a clip of any format. It waits for media to flow, and returns when the clip's last
// sample was sent; if ctx ends before, the rest is not said. It fails with ErrEnded if the call ends.
func (c *Call) Say(ctx context.Context, pcm audio.PCM) (Utterance, error) {
	switch {
	case len(pcm.Samples) == 0:
		return Utterance{}, ErrNothing
	case len(c.options.replay) > 0:
		return Utterance{}, ErrReplay
	}
	pcm, err := audio.Resample(pcm.Mono(), SampleRate)
	if err != nil {
		return Utterance{}, fmt.Errorf("whatsapptest: say: %w", err)
	}
	spans := SpeechSpans(pcm)
	m := c.media.mic
	select {
	case <-m.more:
	case <-c.done:
		return Utterance{}, fmt.Errorf("%w: %s", ErrEnded, c.Ending().Reason)
	case <-ctx.Done():
		return Utterance{}, fmt.Errorf("%w: %w", ErrNoMedia, ctx.Err())
	}
	q := m.say(pcm.Samples)
	select {
	case <-q.done:
	case <-c.done:
		return Utterance{}, fmt.Errorf("%w: %s", ErrEnded, c.Ending().Reason)
	case <-ctx.Done():
		m.drop(q)
		return Utterance{}, fmt.Errorf("whatsapptest: say: %w", ctx.Err())
	}
	m.mu.Lock()
	start := m.startAt + pcm.Format.Duration(int(q.start))
	m.mu.Unlock()
	u := Utterance{Start: start, End: start + pcm.Duration()}
	u.FirstSpeech, u.LastSpeech = u.Start, u.End
	if len(spans) > 0 {
		u.FirstSpeech, u.LastSpeech = start+spans[0].Start, start+spans[len(spans)-1].End
	}
	return u, nil
}
