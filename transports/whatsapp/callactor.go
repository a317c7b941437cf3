package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
)

const (
	// gatherLimit is how long addresses are gathered from ICE servers. Those of the host itself take no time.
	gatherLimit = 500 * time.Millisecond
	// relayLimit is how long it takes at most if nothing works without a TURN server: it may be far away, and the phone
	// rings meanwhile.
	relayLimit = 3 * time.Second
	// byeLimit is how long it may take to tell Meta that a call is over, retries included.
	byeLimit = 15 * time.Second
	// handlerGrace is how long a handler may take to return after its context was cancelled, before the call
	// is freed without it.
	handlerGrace = time.Second
)

// run is the actor. It ends when the call has ended. A refusal is a reason to decline the call right away.
func (c *Call) run(refusal error) {
	defer close(c.done)
	guard := time.NewTimer(time.Hour)
	guard.Stop()
	defer guard.Stop()
	watch := newWatch(c.bot.cfg)
	defer watch.stop()
	longest := &callTimer{limit: c.bot.cfg.MaxCallDuration, warning: c.bot.cfg.LimitWarning}
	defer longest.stop()

	handled := make(chan struct{}) // closed when the handler has returned
	if c.dial != nil {
		c.setState(Preparing)
		c.task(c.makeOffer)
	} else {
		c.setState(Offered)
		c.answerOffer(refusal, handled)
	}
	for c.State() != Ended {
		select {
		case e := <-c.events:
			if !c.step(e, handled) {
				continue
			}
			// A peer that sends checks itself can be faster than Meta's answer to the pre-accept.
			if c.State() == Connecting && c.media.up.Load() {
				c.step(event{what: connected}, handled)
			}
			if limit, _ := c.limit(); limit > 0 {
				guard.Reset(limit)
			} else {
				guard.Stop()
			}
			if c.State() == Active {
				watch.start()
				longest.start()
			}
		case <-guard.C:
			_, err := c.limit()
			c.step(event{what: stop, reason: err}, handled)
		case <-longest.C():
			if err := longest.fired(c.input); err != nil {
				c.step(event{what: stop, reason: err}, handled)
			}
		case now := <-watch.C():
			if c.State() != Active {
				continue
			}
			if err := watch.check(now, c.media); err != nil {
				c.step(event{what: stop, reason: err}, handled)
			}
		}
	}
}

// answerOffer begins with a call of a user.
func (c *Call) answerOffer(refusal error, handled chan struct{}) {
	offer, err := rtc.ParseOffer(c.offer.SDP)
	if refusal == nil {
		refusal = err
	}
	if refusal != nil {
		c.step(event{what: stop, reason: refusal}, handled)
		return
	}
	c.startHandler(handled)
	c.task(func() event { return c.makeAnswer(offer) })
}

// limit is how long the call may stay in its state, and why it ends after that; 0 if there is no limit.
func (c *Call) limit() (time.Duration, error) {
	switch c.State() {
	case Connecting, Ringing, Answered:
		t := c.bot.cfg.ConnectTimeout
		return t, fmt.Errorf("%w within %v", ErrNotConnected, t)
	case Dialing, Linked:
		t := c.bot.cfg.RingTimeout
		return max(t-time.Since(c.dial.placedAt), time.Millisecond), fmt.Errorf("%w within %v", ErrNoAnswer, t)
	}
	return 0, nil
}

// step takes one event: it changes the state as the table says, and does what the new state is about. It reports
// whether the state changed.
func (c *Call) step(e event, handled chan struct{}) bool {
	edge, ok := edges[c.State()][e.what]
	if !ok {
		return false
	}
	c.setState(edge.to)
	if e.what == pickedUp {
		c.dial.pickedUp = true
		c.log.Info("the user picked up", "after_ms", time.Since(c.dial.placedAt).Milliseconds())
	}
	switch edge.to {
	case PreAccepting:
		c.task(func() event { return c.ask(preAccepted, c.line.graph.PreAccept) })
	case Connecting:
		c.media.peer.Connect()
	case Accepting:
		c.task(func() event { return c.ask(confirmed, c.line.graph.Accept) })
	case Placing:
		c.keepEarly()
		c.bot.wg.Go(c.place) // ends when Meta has answered, which has a deadline
	case Dialing:
		c.startHandler(handled)
		close(c.dial.taken)
		for _, early := range c.adopt() {
			c.step(c.eventOf(early), handled)
		}
	case Ringing, Answered:
		if err := c.link(e); err != nil {
			c.step(event{what: stop, reason: err}, handled)
		}
	case Linked:
		c.media.start() // the relay sends nothing before it got something
	case Active:
		c.media.talk() // before anything else: the first packet is due now
		close(c.live)
		c.log.Info("call accepted", "after_ms", time.Since(c.began).Milliseconds())
	case Ending:
		if !c.handling {
			close(handled)
		}
		c.begin(e)
		c.bot.wg.Go(func() { c.free(edge.bye, handled) }) // ends before the actor does
	case Ended:
		if !errors.Is(c.reason, ErrShutdown) {
			c.bot.wg.Go(c.followUp) // ends with its own deadline or the bot
		}
		c.log.Info("call ended", "reason", c.reason, "seconds", int(time.Since(c.began).Seconds()))
	}
	return true
}

func (c *Call) setState(s State) {
	c.state.Store(uint32(s))
	c.log.Debug("call state", "state", s.String())
	if s != Ending { // begin tells it, with the reason
		c.changed(s)
	}
}

// gatherTime is how long addresses are gathered.
func (c *Call) gatherTime() time.Duration {
	if c.bot.cfg.RelayOnly {
		return relayLimit
	}
	return gatherLimit
}

// makeAnswer prepares the media connection.
func (c *Call) makeAnswer(offer *rtc.Offer) (e event) {
	defer func() {
		if v := recover(); v != nil {
			c.log.Error("panic while answering an offer", "panic", v, "stack", string(debug.Stack()))
			e = event{what: stop, reason: fmt.Errorf("%w: panic: %v", rtc.ErrOffer, v)}
		}
	}()
	ctx, cancel := context.WithTimeout(c.ctx, c.gatherTime())
	defer cancel()
	m, err := c.newMedia(ctx, offer)
	if err != nil {
		return event{what: stop, reason: err}
	}
	// The actor looks at it only after this task's event, or after the task has ended.
	c.media = m
	return event{what: answerMade}
}

// ask tells Meta something about the call, with the answer, and reports ok or why not.
func (c *Call) ask(ok happening, tell func(ctx context.Context, callID, sdp string) error) event {
	err := c.bot.noteGraph(tell(c.ctx, c.ID(), c.media.peer.SDP()))
	if err != nil {
		return event{what: stop, reason: err}
	}
	return event{what: ok}
}

// begin notes why the call ends and lets everything that works for it go.
func (c *Call) begin(e event) {
	c.reason, c.end = e.reason, e.end
	switch {
	case e.what == gone:
		c.reason = ErrUserHungUp
		if e.end != nil && len(e.end.Errors) > 0 {
			c.reason = ErrFailedAtMeta
		}
		if c.dial != nil && !c.dial.pickedUp && (e.end == nil || e.end.Start.IsZero()) {
			c.reason = ErrNoAnswer
		}
		if e.end != nil && len(e.end.Errors) > 0 {
			c.reason = fmt.Errorf("%w: Meta reports %w", c.reason, e.end.Errors[0])
		}
	case e.what == declined:
		c.reason = ErrDeclined
	}
	level := c.log.Info
	if !expected(c.reason) {
		level = c.log.Warn
	}
	level("call ends", "reason", c.reason)
	c.changed(Ending)
	close(c.closing)
	c.bot.forget(c)
	c.cancel(c.reason)
}

// free ends everything of the call and tells the actor. Meta is told as long as it takes, but the rest does not
// wait for that.
func (c *Call) free(bye farewell, handled <-chan struct{}) {
	c.tasks.Wait() // what was asked of Meta was cancelled; its fate is sealed before Meta is told more
	c.bot.wg.Go(func() {
		defer close(c.told)
		c.sayGoodbye(bye)
		c.bot.callEnds(c.ID())
	})
	if c.media != nil {
		if err := c.media.close(); err != nil {
			c.log.Debug("the connection did not close as it should", "err", err)
		}
	}
	grace := time.NewTimer(handlerGrace)
	defer grace.Stop()
	select {
	case <-handled:
	case <-grace.C:
		c.log.Warn("the call's handler has not returned although its context was cancelled; the call is freed without it")
	}
	c.post(event{what: released})
}

// sayGoodbye tells Meta that the call is over.
func (c *Call) sayGoodbye(bye farewell) {
	if bye == nothing {
		return
	}
	if c.dial != nil {
		<-c.dial.settled // place has a deadline
		c.bot.mu.Lock()
		c.bot.stopKeeping(c)
		c.bot.mu.Unlock()
		if c.ID() == "" {
			return // Meta never took it
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), byeLimit)
	defer cancel()
	first, second := c.line.graph.Terminate, c.line.graph.Reject
	if bye == reject {
		first, second = second, first
	}
	err := c.bot.noteGraph(first(ctx, c.ID()))
	if err != nil && c.dial != nil {
		if refused(err) { // it is over already
			err = nil
		}
	} else if err != nil {
		// Meta may be in another state than we know, as when the answer to a pre-accept was lost, or the call is
		// over. What Meta says of a wrong state is not documented, so any failure is a reason to try the other.
		if again := second(ctx, c.ID()); again == nil || refused(err) && refused(again) {
			err = nil
		}
	}
	if err != nil {
		c.log.Warn("cannot tell Meta that the call is over; the user may hear silence until Meta notices", "err", err)
	}
}

// refused reports whether Meta understood and refused a request, for a reason other than who asks or how often.
func refused(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && e.JSON && !e.Retryable() && !e.Unauthorized() && e.HTTPStatus < 500
}

// expected reports whether a call may end for that reason without anybody having to look after it.
func expected(reason error) bool {
	for _, e := range []error{ErrUserHungUp, ErrBotHungUp, ErrRejected, ErrNotAllowed, ErrBusy, ErrClosedNow, ErrTooLong, ErrShutdown,
		ErrNoAnswer, ErrDeclined, graph.ErrNoCallPermission} {
		if errors.Is(reason, e) {
			return true
		}
	}
	return false
}
