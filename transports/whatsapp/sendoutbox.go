package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

const (
	// defaultThroughput is what Meta lets a number send and receive in a second, unless it has raised the limit.
	defaultThroughput = 80
	// maxOutgoing is how many answers of one number may wait to be sent, and maxOutgoingUser of them to one user.
	maxOutgoing     = 8192
	maxOutgoingUser = 64
	// sweepPeriod is how often users are forgotten to whom nothing is sent any more.
	sweepPeriod = time.Minute
	// lastWait is how long a message still waits to be sent while the bot ends. The pace of a number is far below it.
	lastWait = 2 * time.Second
	// tellWait is how long a wait is that is logged.
	tellWait = 10 * time.Second
)

// outbox sends the messages of one phone number. Those to one user go one after the other, in the order in which they
// were asked for, and everything keeps to Meta's limits before Meta has to refuse: those of the number and those of each
// user. What Meta refuses nevertheless because there is too much of it waits as long as Meta says.
//
// It has no goroutines: who sends, waits. It is safe for concurrent use.
type outbox struct {
	client    *graph.Client
	log       *slog.Logger
	observe   func(error)   // told how each request went
	pairPause time.Duration // 0 sets no limit
	rate      *rate.Limiter // nil sets no limit

	mu      sync.Mutex
	ways    map[string]*way // by user
	waiting int
	number  numberLimit
	limited int64 // refusals for one of these limits, of all requests
	swept   time.Time
}

// way is the way to one user. The mutex of the outbox guards all but turn.
type way struct {
	turn    chan struct{} // has an element while somebody sends
	waiting int           // those who send or want to
	limit   pairLimit
}

func newOutbox(client *graph.Client, cfg Config, observe func(error)) *outbox {
	o := &outbox{client: client, log: cfg.Logger, observe: observe, pairPause: max(0, cfg.PairPause), ways: make(map[string]*way)}
	if perSecond := cfg.Throughput; perSecond > 0 {
		// A tenth at once and nine tenths steadily are no more than all in any second.
		o.rate = rate.NewLimiter(rate.Limit(perSecond*0.9), max(1, int(perSecond/10)))
	}
	return o
}

// post is somebody's turn to send to a user, until it is closed. It is for one goroutine.
type post struct {
	o     *outbox
	way   *way
	to    graph.Address
	probe chan struct{} // while its message shows whether Meta takes any of the number; closed then
}

// stake is what a message belongs to. nil is nothing: the message waits as long as its context lasts.
type stake interface {
	// quit returns a channel that is closed when the message had better not wait any longer to be sent: then sending fails
	// with errKept. nil never is.
	quit() <-chan struct{}
	// claim is called before each request; its error ends the sending.
	claim(context.Context) error
	// tried is told how each request went.
	tried(error)
}

// quitOf is the channel of a stake.
func quitOf(s stake) <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.quit()
}

// open waits for the turn to send to a user, known by key. It fails with ErrTooMuch if too many wait already.
func (o *outbox) open(ctx context.Context, key string, to graph.Address, s stake) (*post, error) {
	now := time.Now()
	o.mu.Lock()
	o.sweep(now)
	w := o.ways[key]
	if w == nil {
		w = &way{turn: make(chan struct{}, 1), limit: pairLimit{pause: o.pairPause}}
		o.ways[key] = w
	}
	if w.waiting >= maxOutgoingUser || o.waiting >= maxOutgoing {
		o.mu.Unlock()
		return nil, fmt.Errorf("%w: %d answers wait to be sent to this user", ErrTooMuch, w.waiting)
	}
	w.waiting++
	o.waiting++
	o.mu.Unlock()
	p := &post{o: o, way: w, to: to}
	defer holdTurnClock(ctx)()
	select {
	case w.turn <- struct{}{}: // those who wait are served in their order
		return p, nil
	case <-quitOf(s):
	case <-ctx.Done():
		p.leave()
		return nil, context.Cause(ctx)
	}
	last := time.NewTimer(lastWait)
	defer last.Stop()
	select {
	case w.turn <- struct{}{}:
		return p, nil
	case <-last.C:
		p.leave()
		return nil, errKept
	case <-ctx.Done():
		p.leave()
		return nil, context.Cause(ctx)
	}
}

// close lets the next one send.
func (p *post) close() {
	<-p.way.turn
	p.leave()
}

func (p *post) leave() {
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	p.way.waiting--
	p.o.waiting--
}

// send sends a message, when Meta's limits allow it, and returns its id. A message of which nobody knows whether it was
// sent is not sent again.
func (p *post) send(ctx context.Context, m graph.Message, s stake) (id string, err error) {
	var refused *graph.Error
	for {
		late := p.ready(ctx, s)
		if late == nil && s != nil {
			late = s.claim(ctx)
		}
		if late != nil {
			p.probed()
			if refused != nil {
				late = fmt.Errorf("%w: %w", late, refused)
			}
			return "", late
		}
		began := time.Now()
		id, err = p.o.client.TrySend(ctx, p.to, m)
		p.o.observe(err)
		var answer *graph.Error
		switch understood := errors.As(err, &answer); {
		case err == nil || graph.OutcomeUnknown(err):
			p.accepted(began)
		case understood && answer.Limited():
			refused = answer
			p.refused(answer, began)
		case understood && answer.JSON && answer.HTTPStatus < http.StatusInternalServerError:
			p.understood(began)
		}
		p.probed()
		if s != nil {
			s.tried(err)
		}
		if answer == nil || answer != refused {
			return id, err
		}
	}
}

// accepted counts a message that was on its way since a time.
func (p *post) accepted(began time.Time) {
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	p.way.limit.note(began, time.Now())
	p.o.number.lift(began)
}

// understood is called when Meta refused a message of some time for another reason than a limit.
func (p *post) understood(began time.Time) {
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	p.o.number.lift(began)
}

// refused makes everybody wait who is concerned: the user, or all users of the number.
func (p *post) refused(e *graph.Error, began time.Time) {
	now := time.Now()
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	p.o.limited++
	if e.PairLimited() {
		p.way.limit.refuse(now, e.RetryAfter)
		p.o.number.lift(began)
		return
	}
	if first := p.o.number.refuse(now, e.RetryAfter); first {
		p.o.log.Warn("Meta takes no messages of this number for now: there were too many", "seconds", int(p.o.number.wait(now).Seconds()),
			"asked_seconds", int(e.RetryAfter.Seconds()), "err", e)
	}
}

// sweep forgets the users to whom nothing is sent and no limit applies. It needs the lock.
func (o *outbox) sweep(now time.Time) {
	if now.Sub(o.swept) < sweepPeriod {
		return
	}
	o.swept = now
	for key, w := range o.ways {
		if w.waiting == 0 && w.limit.over(now) {
			delete(o.ways, key)
		}
	}
}

// outboxState is how an outbox is.
type outboxState struct {
	waiting int       // answers that are being sent or wait for it
	limited int64     // messages that Meta refused because there were too many
	until   time.Time // Meta takes nothing before, and has not for a while; zero if it does
}

func (o *outbox) state() (s outboxState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s.waiting, s.limited = o.waiting, o.limited
	if until, is := o.number.tell(time.Now(), o.waiting); is {
		s.until = until
	}
	return s
}

// queued is how many answers are being sent or wait for it.
func (o *outbox) queued() int { return o.state().waiting }
