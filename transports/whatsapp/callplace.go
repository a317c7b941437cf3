package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxOpaque is how many characters Meta carries for the business.
const maxOpaque = 512

// CallOption changes a call that the bot places.
type CallOption func(*callOptions)

type callOptions struct {
	opaque string
	number string
	noAsk  bool
}

// WithOpaqueData gives the call data, of at most 512 characters, that comes back in its webhooks, and with Call.Offer and
// Call.Summary.
func WithOpaqueData(data string) CallOption { return func(o *callOptions) { o.opaque = data } }

// FromNumber places the call from another of the bot's phone numbers than the first, given by Meta's id.
func FromNumber(phoneNumberID string) CallOption {
	return func(o *callOptions) { o.number = phoneNumberID }
}

// WithoutAsking does not ask the user for a permission that is missing.
func WithoutAsking() CallOption { return func(o *callOptions) { o.noAsk = true } }

// ParseUser reads whom to call: a phone number with country code, however it is written, or a business-scoped id such as
// "US.1234567890". It fails with ErrConfig.
func ParseUser(text string) (webhook.User, error) {
	key := allowKey(text)
	switch {
	case strings.Contains(key, "."):
		return webhook.User{UserID: key}, nil
	case key != "" && webhook.Digits(key) == key && len(key) >= 7 && len(key) <= 15:
		return webhook.User{Phone: key}, nil
	}
	return webhook.User{}, fmt.Errorf("%w: want a phone number with its country code, such as +15559990000, or a business-scoped user id", ErrConfig)
}

// Call calls a user, by number or business-scoped id, and returns when Meta has taken the call. Then the handler given to
// OnCall runs for it, as for a call of the user, while the phone rings; Call.Direction tells the two apart. What the bot
// says is heard from the moment on at which the user picks up, which closes Call.Accepted. A call that is not picked up
// ends with ErrNoAnswer or ErrDeclined.
//
// A business may call only users who permit it. If the permission is missing, the user is asked, once, and Call returns
// ErrPermissionPending: when the user agrees, the call is placed by itself, with the same options. With Config.Journal
// this outlives the process: the next one places the call, once, with its own handler.
//
// Call opens the journal, as Mount does, and waits for it for up to 30 s: a call that is not in the journal could not be
// ended by the next process. Mount the bot before, for Meta's webhooks decide what becomes of the call.
//
// If Meta refuses the call, the error wraps ErrNotPlaced and a *graph.Error, which is one of graph's sentinels, such as
// graph.ErrCallLimit. Ending ctx before Meta has taken the call gives the call up; later it has no meaning.
func (b *Bot) Call(ctx context.Context, to webhook.User, opts ...CallOption) (*Call, error) {
	var o callOptions
	for _, opt := range opts {
		opt(&o)
	}
	if len(to.Keys()) == 0 {
		return nil, fmt.Errorf("%w: %w: it is not said whom to call", ErrNotPlaced, ErrConfig)
	}
	if n := utf8.RuneCountInString(o.opaque); n > maxOpaque {
		return nil, fmt.Errorf("%w: %w: the opaque data has %d characters; the limit is %d", ErrNotPlaced, ErrConfig, n, maxOpaque)
	}
	l := b.lineByID(o.number)
	if l == nil {
		return nil, fmt.Errorf("%w: %w: %q is not one of the bot's phone number ids", ErrNotPlaced, ErrConfig, o.number)
	}
	if err := b.started(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPlaced, err)
	}
	if b.wishes.has(wishKey(l, to), time.Now()) {
		permitted, err := b.permitted(ctx, l, to)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotPlaced, err)
		}
		if !permitted {
			return nil, ErrPermissionPending
		}
		if w, ok := b.wishes.take(wishKey(l, to), time.Now()); ok { // it is fulfilled here
			b.forgetWish(w)
		}
	}
	c, err := b.dial(ctx, l, to, o)
	if errors.Is(err, graph.ErrNoCallPermission) && !o.noAsk {
		return nil, b.ask(ctx, l, to, o)
	}
	return c, err
}

// lineByID returns one of the bot's numbers; "" is the first.
func (b *Bot) lineByID(number string) *line {
	if number == "" || number == b.line.graph.PhoneNumberID() {
		return b.line
	}
	return b.lines[number]
}

// dial places a call and waits until Meta has taken it.
func (b *Bot) dial(ctx context.Context, l *line, to webhook.User, o callOptions) (*Call, error) {
	c := b.newCall(l, &webhook.Connect{
		Metadata: webhook.Metadata{PhoneNumberID: l.graph.PhoneNumberID()}, User: to, Time: time.Now(),
		Direction: webhook.BusinessInitiated, Opaque: o.opaque,
	})
	c.log = b.log.With("call", "to "+to.String())
	c.input.log = c.log
	c.dial = &dialing{
		opaque: o.opaque, taken: make(chan struct{}), settled: make(chan struct{}), ringing: make(chan struct{}),
	}
	b.mu.Lock()
	if err := b.cannotDial(to); err != nil {
		b.mu.Unlock()
		return nil, fmt.Errorf("%w: %w", ErrNotPlaced, err)
	}
	b.placing[c] = true
	b.stats.dialed.Add(1)
	b.wg.Go(func() { c.run(nil) }) // ends with the call
	b.mu.Unlock()
	select {
	case <-c.dial.taken:
		return c, nil
	case <-c.closing:
		select {
		case <-c.dial.taken: // both at once
			return c, nil
		default:
			return nil, c.reason
		}
	case <-ctx.Done():
		c.post(event{what: stop, reason: context.Cause(ctx)})
		return nil, fmt.Errorf("%w: %w", ErrNotPlaced, context.Cause(ctx))
	}
}

// cannotDial is why no call can be placed now; nil if one can. It needs the lock.
func (b *Bot) cannotDial(to webhook.User) error {
	switch {
	case b.closed || b.draining.Load():
		return ErrShutdown
	case !b.guests.allow(to):
		return ErrNotAllowed
	case b.cfg.MaxCalls > 0 && len(b.calls)+len(b.placing) >= b.cfg.MaxCalls:
		return ErrBusy
	case b.Load().Overloaded:
		return ErrOverloaded
	case b.onCall.Load() == nil:
		return errNoHandler
	case b.endpoint == nil:
		return b.problem
	}
	return nil
}
