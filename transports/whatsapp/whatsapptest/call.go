package whatsapptest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest/internal/relay"
)

// Call is one call between a user and the business, seen from the user's phone. Its methods may be called
// concurrently.
type Call struct {
	e        *Emulator
	id       string
	user     User
	outgoing bool // the business placed it
	options  callOptions
	offer    string // the relay's SDP
	ssrc     uint32
	relay    *relay.Relay
	done     chan struct{} // closed when the call is over
	changed  chan struct{} // wakes watch
	media    media
	wg       sync.WaitGroup // microphone and wire
	picked   atomic.Bool    // handed out by WaitCall

	mu        sync.Mutex
	state     callState
	answer    string // the business's SDP, byte for byte
	remote    description
	timings   Timings
	lastMedia time.Time // the bot's last RTP or RTCP, or the accept
	vanished  bool
	ending    Ending
	opaque    string
	violated  []Violation
}

// Call lets a user call the business: it opens the relay's port, posts the connect webhook, and returns when the
// bot has answered that. It fails, and the call is over, when the bot refuses the webhook or is not there.
func (e *Emulator) Call(ctx context.Context, from User, opts ...CallOption) (*Call, error) {
	var options callOptions
	for _, opt := range opts {
		opt(&options)
	}
	c, err := e.newCall(from, options, false, description{mid: "audio", opus: opusPT, dtmf: dtmfPT})
	if err != nil {
		return nil, err
	}
	if options.unannounced {
		return c, nil
	}
	if _, err := e.deliver(ctx, c.ConnectWebhook(), c.id); err != nil {
		c.end(Ending{By: ByNetwork, Reason: "the webhook failed", Status: statusFailed})
		return nil, err
	}
	c.mu.Lock()
	c.timings.WebhookAnswered = time.Now()
	c.mu.Unlock()
	return c, nil
}

// newCall makes a call that rings. For a call of the business, d is its offer.
func (e *Emulator) newCall(user User, options callOptions, outgoing bool, d description) (*Call, error) {
	phone := user.WaID
	if phone == "" {
		phone = user.ID
	}
	c := &Call{
		e: e, id: newID("wacid.", phone), user: user, outgoing: outgoing, options: options,
		ssrc: rand.Uint32(), done: make(chan struct{}), changed: make(chan struct{}, 1),
	}
	r, err := relay.Listen(relay.Config{
		Addr: e.cfg.relayAddr, Certificate: e.certificate,
		SilentOnRoleConflict: e.cfg.rules.SilentRoleConflict, Events: c.relayEvents(),
	})
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	c.relay = r
	c.timings.Ring = time.Now()
	setup := "actpass"
	if outgoing {
		setup = "passive"
		if e.cfg.outgoing.Setup != AnswerPassive {
			setup = "active"
		}
	}
	credentials := r.Credentials()
	c.offer = offerFacts{
		addr: r.Addr(), ufrag: credentials.Ufrag, pwd: credentials.Pwd, fingerprint: r.Fingerprint(),
		ssrc: c.ssrc, at: c.timings.Ring, setup: setup, mid: cmp.Or(d.mid, "audio"),
		opus: d.opus, dtmf: cmp.Or(d.dtmf, dtmfPT), old: options.oldOffer,
	}.sdp()
	if err := c.media.init(c, d.opus, cmp.Or(d.dtmf, dtmfPT)); err != nil {
		_ = r.Close()
		return nil, err
	}
	if err := e.enter(c); err != nil {
		_ = r.Close()
		return nil, err
	}
	e.log.add(Event{At: c.timings.Ring, Kind: EventRinging, Call: c.id, User: user.key()})
	return c, nil
}

// enter puts a call on the books and starts its watch.
func (e *Emulator) enter(c *Call) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return ErrClosed
	case e.talking[c.user.key()] != nil:
		return ErrBusy
	}
	e.lastSeen[c.user.key()] = c.timings.Ring
	e.calls[c.id] = c
	e.talking[c.user.key()] = c
	e.wg.Go(c.watch) // ends when the call is over
	return nil
}

// maxEnded is how many calls that are over the emulator still knows by id; each holds its sound.
const maxEnded = 256

// forget lets go of the oldest call that is over, when there are too many. It needs the lock.
func (e *Emulator) forget(ended string) {
	e.ended = append(e.ended, ended)
	if len(e.ended) > maxEnded {
		delete(e.calls, e.ended[0])
		e.ended = e.ended[1:]
	}
}

// ID is the call's id, "wacid." and base64.
func (c *Call) ID() string { return c.id }

// User is who talks to the business.
func (c *Call) User() User { return c.user }

// Offer is the SDP that the bot got.
func (c *Call) Offer() string { return c.offer }

// Answer is the SDP that the bot gave, or "".
func (c *Call) Answer() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer
}

// Timings returns the moments of the call so far.
func (c *Call) Timings() Timings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timings
}

// Clock is the time on the call's sample clock: since the phone began to ring.
func (c *Call) Clock() time.Duration { return time.Since(c.timings.Ring) }

// Ended is closed when the call is over.
func (c *Call) Ended() <-chan struct{} { return c.done }

// Ending tells how the call ended; the zero value while it has not.
func (c *Call) Ending() Ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// WaitAccepted waits until the bot took the call. It fails with ErrEnded if the call ends before.
func (c *Call) WaitAccepted(ctx context.Context) error {
	_, err := c.wait(ctx, func(e Event) bool { return e.Kind == EventAccepted })
	return err
}

// WaitEnded waits until the call is over and tells how.
func (c *Call) WaitEnded(ctx context.Context) (Ending, error) {
	select {
	case <-c.done:
		return c.Ending(), nil
	case <-ctx.Done():
		return Ending{}, fmt.Errorf("whatsapptest: wait for the end of the call: %w", ctx.Err())
	}
}

// wait is WaitFor for events of this call, and fails when the call ends first.
func (c *Call) wait(ctx context.Context, match func(Event) bool) (Event, error) {
	event, err := c.e.WaitFor(ctx, func(e Event) bool {
		return e.Call == c.id && (e.Kind == EventEnded || match(e))
	})
	if err == nil && event.Kind == EventEnded && !match(event) {
		return event, fmt.Errorf("%w: %s", ErrEnded, event.Detail)
	}
	return event, err
}

// HangUp ends the call from the user's side and waits until the bot was told.
func (c *Call) HangUp(ctx context.Context) error {
	if !c.finish(Ending{By: ByUser, Reason: "hung up", Status: statusCompleted}) {
		return nil
	}
	_, err := c.e.deliver(ctx, c.TerminateWebhook(), c.id)
	return err
}

// Vanish cuts the user off: no packets any more, and no webhook, as when a whole region loses the network. The bot
// has to notice by itself.
func (c *Call) Vanish() {
	c.relay.Vanish()
	c.mu.Lock()
	c.vanished = true
	c.mu.Unlock()
	c.wake()
}

// end ends the call and tells the bot in the background. It reports false if the call was over already.
func (c *Call) end(ending Ending) bool {
	if !c.finish(ending) {
		return false
	}
	c.e.send(c.TerminateWebhook(), c.id)
	return true
}

// abandon ends the call without telling anybody.
func (c *Call) abandon() {
	c.finish(Ending{By: ByNetwork, Reason: "the emulator was closed", Status: statusFailed})
}

// finish takes the call off the books, stops its media and waits for its goroutines.
func (c *Call) finish(ending Ending) bool {
	ending.At = time.Now()
	c.mu.Lock()
	if c.state == over {
		c.mu.Unlock()
		return false
	}
	missed := c.outgoing && c.state != accepted && ending.By != ByBusiness
	if c.state == accepted {
		ending.Duration = ending.At.Sub(c.timings.Accept)
	}
	c.state, c.ending, c.timings.Ended = over, ending, ending.At
	c.mu.Unlock()
	close(c.done)
	c.e.mu.Lock()
	if c.e.talking[c.user.key()] == c {
		delete(c.e.talking, c.user.key())
	}
	c.e.forget(c.id)
	revoked := missed && !c.e.closed && c.e.grant(c.user).missed()
	c.e.mu.Unlock()
	if revoked {
		c.e.send(c.e.PermissionWebhook(c.user, PermissionReply{Automatic: true, NoContext: true}), "")
	}
	c.e.log.add(Event{At: ending.At, Kind: EventEnded, Call: c.id, User: c.user.key(),
		Detail: fmt.Sprintf("%s by %s", ending.Reason, ending.By)})
	if err := c.relay.Close(); err != nil {
		c.e.cfg.log.Debug("close the relay", "call", c.id, "error", err)
	}
	c.wg.Wait()
	return true
}

// wake makes watch look at the call's state again.
func (c *Call) wake() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// watch ends the call when one of its time limits has passed.
func (c *Call) watch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		limit, ending := c.limit()
		timer.Reset(time.Until(limit))
		select {
		case <-c.done:
			return
		case <-c.changed:
		case <-timer.C:
			if limit, _ := c.limit(); time.Until(limit) <= 0 {
				c.end(ending)
				return
			}
		}
	}
}

// limit says when the call's next time limit is, and what it does.
func (c *Call) limit() (time.Time, Ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.e.cfg.timers
	failed := Ending{By: ByNetwork, Reason: "no media", Status: statusFailed, Code: codeNoMedia}
	switch {
	case c.vanished || c.state == over:
		return time.Now().Add(time.Hour), Ending{}
	case c.state != accepted:
		return c.timings.Ring.Add(t.Answer), Ending{By: ByNetwork, Reason: "not answered", Status: statusCompleted}
	case c.timings.FirstPacket.IsZero():
		return c.timings.Accept.Add(t.FirstMedia), failed
	}
	return c.lastMedia.Add(t.Media), failed
}
