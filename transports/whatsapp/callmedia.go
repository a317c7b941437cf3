package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/recording"
	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
)

// callMedia is the audio of a call, both ways.
type callMedia struct {
	call     *Call
	peer     *rtc.Peer
	receiver *rtpaudio.Receiver
	sender   *rtpaudio.Sender
	recorder *recording.Recorder // nil if the call is not recorded

	rates     rateAdapter
	keys      keyQueue     // that the bot presses
	running   bool         // the clock runs; the actor's
	up        atomic.Bool  // ICE and DTLS were connected
	live      atomic.Bool  // user and bot hear each other; until then silence is sent
	heard     atomic.Int64 // when the last packet came, in Unix nanoseconds
	disturbed atomic.Int64 // since when nothing has come; 0 if all is well

	warned map[string]bool // what the clock has complained about; its own
	quit   chan struct{}   // closed to stop the clock
	wg     sync.WaitGroup
}

// newMedia prepares a connection for an offer. Nothing is sent yet.
func (c *Call) newMedia(ctx context.Context, offer *rtc.Offer) (*callMedia, error) {
	m := c.emptyMedia()
	err := m.agree(rtpaudio.Payloads{Opus: offer.OpusType, Events: offer.EventType})
	if err != nil {
		return nil, err
	}
	m.peer, err = c.bot.endpoint.Answer(ctx, offer, *c.bot.servers.Load(), rtc.Handler{State: m.state, Reached: m.reached, Packet: m.packet})
	if err != nil {
		return nil, err
	}
	m.recorder = c.newRecorder()
	return m, nil
}

func (c *Call) emptyMedia() *callMedia {
	return &callMedia{call: c, warned: map[string]bool{}, quit: make(chan struct{})}
}

// agree makes what sends and receives, for payload types that were agreed on.
func (m *callMedia) agree(types rtpaudio.Payloads) (err error) {
	if m.receiver, err = rtpaudio.NewReceiver(types, m.deliver); err != nil {
		return fmt.Errorf("whatsapp: cannot receive audio: %w", err)
	}
	if m.sender, err = rtpaudio.NewSender(types.Opus, rtpaudio.WithEvents(types.Events)); err != nil {
		return fmt.Errorf("whatsapp: cannot send audio: %w", err)
	}
	return nil
}

// deliver takes what the caller says or presses. What comes before somebody picked up is not the user's.
func (m *callMedia) deliver(f pipeline.Frame) {
	if !m.live.Load() {
		return
	}
	if in, ok := f.(frame.AudioIn); ok && m.recorder != nil {
		m.recorder.Caller(in)
	}
	m.call.input.deliver(f)
}

// reached is told that ICE is up.
func (m *callMedia) reached() { m.call.reached(ICEConnected, time.Now()) }

// state is told how the connection does.
func (m *callMedia) state(s rtc.State) {
	switch s {
	case rtc.Connected:
		m.call.reached(DTLSConnected, time.Now())
		m.disturbed.Store(0)
		m.up.Store(true)
		m.call.post(event{what: connected})
	case rtc.Disturbed:
		m.disturbed.CompareAndSwap(0, time.Now().UnixNano())
	case rtc.Failed:
		if m.call.State() < Active {
			m.call.post(event{what: stop, reason: fmt.Errorf("%w: the connection failed", ErrNotConnected)})
			return
		}
		// Usually the relay closes when the user hangs up, and the webhook that says so comes a little later.
		m.disturbed.CompareAndSwap(0, time.Now().UnixNano())
	}
}

// packet takes a packet of the caller. It runs on the goroutine that reads them.
func (m *callMedia) packet(p *rtp.Packet, at time.Time) {
	m.heard.Store(at.UnixNano())
	m.receiver.Receive(p, at)
}

func (m *callMedia) lastHeard() time.Time { return time.Unix(0, m.heard.Load()) }

func (m *callMedia) disturbedSince() time.Time {
	if n := m.disturbed.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// start begins to send, with a packet at once.
func (m *callMedia) start() {
	if !m.running {
		m.running = true
		m.wg.Go(func() { pace(m.quit, m.tick, m.call.bot.load.note) }) // ends in close
	}
}

// talk lets user and bot hear each other, and starts if that is still to be done.
func (m *callMedia) talk() {
	m.heard.Store(time.Now().UnixNano())
	m.live.Store(true)
	m.start()
}

// tick is one step of the call's clock: a packet leaves, and the receiver learns the time.
func (m *callMedia) tick(now time.Time) {
	packet, err := m.next(now)
	if err == nil {
		err = m.peer.Send(packet)
	}
	if err != nil {
		m.warnOnce("cannot send audio", err)
	}
	m.receiver.Tick(now)
}

// next makes the next packet: 20 ms of what the bot says, or of silence.
func (m *callMedia) next(now time.Time) (*rtp.Packet, error) {
	if !m.live.Load() {
		return m.sender.Silence()
	}
	if packet, err := m.keys.next(m.sender); packet != nil || err != nil {
		m.record(now, audio.PCM{}, false)
		return packet, err
	}
	pcm, ok := m.call.output.Pull()
	pcm, ok, err := m.rates.adapt(pcm, ok)
	if err == nil && ok {
		packet, sendErr := m.sender.Audio(pcm)
		if !errors.Is(sendErr, rtpaudio.ErrFrame) {
			m.record(now, pcm, true)
			return packet, sendErr
		}
		err = sendErr
	}
	if err != nil {
		m.warnOnce("this audio cannot be sent", err)
	}
	m.record(now, audio.PCM{}, false)
	return m.sender.Silence()
}

// record takes what leaves for the caller.
func (m *callMedia) record(now time.Time, pcm audio.PCM, ok bool) {
	if m.recorder == nil {
		return
	}
	if err := m.recorder.Tick(now, pcm, ok); err != nil {
		m.warnOnce("this audio cannot be recorded", err)
	}
}

// warnOnce logs a fault of the clock the first time that it happens in the call.
func (m *callMedia) warnOnce(what string, err error) {
	if !m.warned[what] {
		m.warned[what] = true
		m.call.log.Warn(what, "err", err)
	}
}

// close stops the clock and the connection and waits for both. The recording is completed beside that, as long as
// the disk takes; the bot's shutdown waits for it.
func (m *callMedia) close() error {
	close(m.quit)
	m.wg.Wait()
	err := m.peer.Close()
	if m.recorder != nil {
		m.call.bot.wg.Go(m.closeRecorder)
	}
	return err
}
