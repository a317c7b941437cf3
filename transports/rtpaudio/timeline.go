package rtpaudio

import (
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	rtpRate      = 48000 // of Opus' timestamps, whatever was encoded (RFC 7587, section 4.1)
	ticks        = rtpRate / frame.SampleRate
	frameSamples = frame.SampleRate / 50 // 20 ms
	frameTime    = 20 * time.Millisecond
	step         = frame.SampleRate / 400 // 2.5 ms: what Opus can conceal is a multiple of it

	// maxGap is the longest hole in the timestamps that is filled when a packet shows it; a longer one that
	// the clock has not filled meanwhile is no hole but a sender that began anew.
	maxGap = frame.SampleRate
	// maxBehind is the most that the clock fills at once, if the process stood still.
	maxBehind = time.Second
)

// timeline turns Opus packets, in order, into frames of 20 ms without gaps.
//
// Two clocks meet here. Packets carry the sender's: from timestamp to timestamp it says exactly how much audio
// there is. When nothing comes, nobody knows whether the sender is silent (then timestamps will have moved on)
// or the network holds packets back (then they will not): the local clock fills in. If the audio comes after all, it is
// kept, and the timeline is ahead by what was filled in; that debt is paid back in silence, so that a
// recording does not drift away from the call.
type timeline struct {
	dec     *opus.Decoder
	deliver func(frame.AudioIn)
	stats   *Stats
	wait    time.Duration // how late the next packet may be

	begun    bool      // edge is set
	edge     time.Time // the timeline reaches to here, in local time
	synced   bool      // end is valid
	end      uint32    // timestamp just behind the last packet
	last     int       // samples of the last packet
	inserted int       // samples that the clock put in behind the last packet
	debt     int       // samples that the timeline is ahead

	at    frame.Position
	part  []int16 // the frame in the making
	zeros []int16 // shared by all frames of silence
	pcm   []int16 // of one packet
	fade  fader
	quiet quietness
}

func newTimeline(dec *opus.Decoder, wait time.Duration, stats *Stats, deliver func(frame.AudioIn)) *timeline {
	return &timeline{
		dec: dec, deliver: deliver, stats: stats, wait: wait,
		last:  frameSamples,
		zeros: make([]int16, frameSamples),
		pcm:   make([]int16, dec.MaxSamples()),
		fade:  fader{run: fadeEnd}, // before the first packet there is nothing to continue
	}
}

// packet takes the next packet that there is. lost is how many are missing since the last one, and copied
// tells that the one directly before is, so that this one may carry its copy.
func (t *timeline) packet(ts uint32, payload []byte, lost int, copied bool, now time.Time) {
	if t.synced {
		rest := t.gap(ts, lost)
		if rest > 0 || lost > 0 {
			t.fill(rest, payload, lost, copied, now)
		}
	}
	t.inserted = 0
	n, err := t.dec.Decode(payload, t.pcm)
	if err != nil {
		t.stats.Malformed++
		t.stats.Concealed++
		n = t.last
		t.conceal(n, now)
	} else {
		t.fade.reset()
		t.write(t.pcm[:n], now)
	}
	t.last = n
	t.synced, t.end = true, ts+uint32(n*ticks)
	t.begun, t.edge = true, now
}

// gap returns how many samples are to be made up before the packet with this timestamp.
func (t *timeline) gap(ts uint32, lost int) int {
	rest := int(int32(ts-t.end))/ticks - t.inserted
	if rest < -t.inserted || rest > maxGap { // the timestamps jumped, back or far ahead: they tell nothing
		t.stats.Restarts++
		return 0
	}
	if rest < 0 { // the clock put in more than there was to hear
		t.debt -= rest
		return 0
	}
	if lost == 0 { // the sender was silent: less silence pays the debt
		paid := min(rest, t.debt)
		rest, t.debt = rest-paid, t.debt-paid
	}
	return rest / step * step
}

// fill makes up for rest samples before a packet, the last of them out of the copy in that packet if it has one.
func (t *timeline) fill(rest int, payload []byte, lost int, copied bool, now time.Time) {
	if n, err := opus.PacketSamples(payload, frame.SampleRate); err == nil && copied && n <= rest && opus.HasFEC(payload) {
		t.conceal(rest-n, now)
		if t.dec.Recover(payload, t.pcm[:n]) == nil {
			t.fade.reset()
			t.write(t.pcm[:n], now)
			t.stats.Recovered++
			t.stats.Concealed += uint64(lost - 1)
			return
		}
		rest = n
	}
	t.conceal(rest, now)
	t.stats.Concealed += uint64(lost)
}

// tick fills in for packets that do not come.
func (t *timeline) tick(now time.Time) {
	if !t.begun {
		t.begun, t.edge = true, now
		return
	}
	behind := now.Sub(t.edge)
	if t.inserted == 0 && behind < frame.Position(t.last).Time(frame.SampleRate)+t.wait {
		return
	}
	if behind > maxBehind {
		t.edge = now.Add(-maxBehind)
	}
	for ; now.Sub(t.edge) >= frameTime; t.edge = t.edge.Add(frameTime) {
		t.conceal(frameSamples, now)
		t.inserted += frameSamples
		t.stats.Filled += frameTime
	}
}

// restart forgets the sender's clock.
func (t *timeline) restart() {
	t.synced, t.inserted, t.debt = false, 0, 0
	t.stats.Restarts++
}

// conceal makes up n samples, a multiple of step: a continuation of what was heard that fades, then silence.
func (t *timeline) conceal(n int, now time.Time) {
	for n > 0 {
		k := min(n, frameSamples)
		n -= k
		if t.fade.done() || t.dec.Conceal(t.pcm[:k]) != nil {
			t.write(t.zeros[:k], now)
			continue
		}
		t.fade.apply(t.pcm[:k])
		t.write(t.pcm[:k], now)
	}
}

// write appends samples to the timeline and delivers every frame that is full.
func (t *timeline) write(pcm []int16, now time.Time) {
	for len(pcm) > 0 {
		if t.part == nil {
			t.part = make([]int16, 0, frameSamples)
		}
		k := min(len(pcm), frameSamples-len(t.part))
		t.part = append(t.part, pcm[:k]...)
		pcm = pcm[k:]
		if len(t.part) == frameSamples {
			t.push(now)
		}
	}
}

// push delivers the full frame, unless it is silence that pays the debt.
func (t *timeline) push(now time.Time) {
	if t.quiet.spare(t.part) && t.debt >= frameSamples {
		t.debt -= frameSamples
		t.stats.Trimmed += frameTime
		t.part = t.part[:0]
		return
	}
	in := frame.AudioIn{
		PCM:     audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: t.part},
		At:      t.at,
		Arrived: now,
	}
	t.part = nil // it belongs to whoever gets it
	t.at += frameSamples
	t.deliver(in)
}
