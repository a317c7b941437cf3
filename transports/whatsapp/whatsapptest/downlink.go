package whatsapptest

import (
	"fmt"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// downlink is a bad network from the bot to the user, and the jitter buffer of the user's phone behind it.
type downlink struct {
	call   *Call
	wire   *wire
	buffer *rtpaudio.Receiver
}

func newDownlink(c *Call, link Link) (*downlink, error) {
	d := &downlink{call: c}
	var err error
	// The bot's payload type is checked before the network and set to this one behind it.
	if d.buffer, err = rtpaudio.NewReceiver(rtpaudio.Payloads{Opus: opusPT}, d.deliver); err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	d.wire = newWire(link, 3, func(p *rtp.Packet) {
		arrived := *p
		arrived.PayloadType = opusPT
		d.buffer.Receive(&arrived, time.Now())
		c.noteSpeech()
	})
	return d, nil
}

// start runs the phone's clock and the network. Both end with the call.
func (d *downlink) start() {
	if d.wire.delayed() {
		d.call.wg.Go(func() { d.wire.run(d.call.done) })
	}
	d.call.wg.Go(func() {
		ticker := time.NewTicker(frameTime)
		defer ticker.Stop()
		for {
			select {
			case <-d.call.done:
				return
			case now := <-ticker.C:
				d.buffer.Tick(now)
			}
		}
	})
}

// deliver puts 20 ms of what came through on the call's clock.
func (d *downlink) deliver(f pipeline.Frame) {
	in, ok := f.(frame.AudioIn)
	if !ok || d.call.options.unheard {
		return
	}
	d.call.media.ear.hear(in.PCM.Samples, uint32(in.At)*(48000/SampleRate), in.Arrived.Sub(d.call.timings.Ring))
}

// Reception is what the user's phone made of the bot's packets behind a WithDownlink: how many were lost, how many
// of those were restored by error correction and how many concealed. It is zero without one.
func (c *Call) Reception() rtpaudio.Stats {
	if c.media.down == nil {
		return rtpaudio.Stats{}
	}
	return c.media.down.buffer.Stats()
}
