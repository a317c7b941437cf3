package whatsapp

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/transports/playout"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Call is one call, of a user or of the business. It is safe for concurrent use.
type Call struct {
	bot     *Bot
	line    *line // that it came to, or is placed by
	id      atomic.Pointer[string]
	offer   webhook.Connect // its CallID is not used
	dial    *dialing        // nil if the user calls
	log     *slog.Logger
	began   time.Time
	input   *callInput
	output  *playout.Playout
	talk    *conversation.Conversation // set before the handler starts
	ctx     context.Context            // the handler's
	cancel  context.CancelCauseFunc
	events  chan event
	state   atomic.Uint32
	live    chan struct{} // closed when the call is accepted
	closing chan struct{} // closed when the call begins to end
	told    chan struct{} // closed when Meta was told of the end, or need not be
	done    chan struct{} // closed when it has ended
	tasks   sync.WaitGroup
	passed  milestones
	texts   readTexts
	// handling is set by the actor when it starts the handler.
	handling bool

	// The following belong to the actor. They may be read once closing or done is closed.
	media  *callMedia
	reason error
	end    *webhook.Terminate
}

// ID is Meta's id of the call. It may contain characters that must be escaped in paths. It is "" while a call of the
// business has not been taken by Meta, which Bot.Call and the handler never see.
func (c *Call) ID() string {
	if id := c.id.Load(); id != nil {
		return *id
	}
	return ""
}

// String is a short name of the call for logs: the end of its id. Meta writes the user's number into the rest.
func (c *Call) String() string { return shortID(c.ID()) }

// Direction says who calls: webhook.UserInitiated or webhook.BusinessInitiated.
func (c *Call) Direction() webhook.Direction { return c.offer.Direction }

// From is the user: who calls, or is called. Printed, it shows only the last four digits.
func (c *Call) From() webhook.User { return c.offer.User }

// Offer is the event that the call of a user began with, such as for the payload of the button that the user pressed.
// Its SDP is left out. Of a call of the business it has the id, the user and the opaque data.
func (c *Call) Offer() webhook.Connect {
	o := c.offer
	o.CallID, o.SDP = c.ID(), ""
	return o
}

// State tells how far the call is.
func (c *Call) State() State { return State(c.state.Load()) }

// Accepted is closed when the call is accepted, by the bot or, if the business calls, by the user: from then on the user
// hears what is played.
func (c *Call) Accepted() <-chan struct{} { return c.live }

// Ended is closed when the call is over and everything of it is freed.
func (c *Call) Ended() <-chan struct{} { return c.done }

// Reason is why the call ended or is ending, such as ErrUserHungUp; nil before that.
func (c *Call) Reason() error {
	select {
	case <-c.closing:
		return c.reason
	default:
		return nil
	}
}

// Summary is what Meta told of the call at its end, such as its duration, and whether it did so before the call
// ended here. It reports false if the bot hung up.
func (c *Call) Summary() (webhook.Terminate, bool) {
	select {
	case <-c.closing:
		if c.end != nil {
			return *c.end, true
		}
	default:
	}
	return webhook.Terminate{}, false
}

// Conversation is what was said with this user, in calls and messages.
func (c *Call) Conversation() *conversation.Conversation { return c.talk }

// Input is the stage that begins a pipeline for the call: it makes frame.AudioIn of what the user says, 20 ms of
// 16 kHz mono each, and frame.DTMF of the keys that the user presses.
func (c *Call) Input() pipeline.Stage { return c.input }

// Output is the stage that ends a pipeline for the call: it plays frame.AudioOut to the user from the moment on
// at which the call is accepted.
func (c *Call) Output() pipeline.Stage { return c.output }

// Reject declines the call, if it was not accepted yet, or else ends it. It returns when Meta was told, or when ctx
// has ended.
func (c *Call) Reject(ctx context.Context) error { return c.finish(ctx, ErrRejected) }

// Terminate ends the call. It returns when Meta was told, or when ctx has ended. A handler that wants to hang up
// just returns.
func (c *Call) Terminate(ctx context.Context) error { return c.finish(ctx, ErrBotHungUp) }

func (c *Call) finish(ctx context.Context, reason error) error {
	c.post(event{what: stop, reason: reason})
	select {
	case <-c.told:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-c.closing:
		return nil // under way; it ended the handler's context, which may be ctx
	default:
		return context.Cause(ctx)
	}
}

// post gives an event to the actor. It does nothing once the call has ended.
func (c *Call) post(e event) {
	select {
	case c.events <- e:
	case <-c.done:
	}
}

// task runs f on a goroutine of its own and gives what comes of it to the actor, which outlives it.
func (c *Call) task(f func() event) {
	c.tasks.Go(func() { c.post(f()) })
}
