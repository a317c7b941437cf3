package whatsapp

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Message is what a user wrote, on its way to be answered: one message, or in Chat several that came in quick
// succession. It is safe for concurrent use.
type Message struct {
	bot      *Bot
	line     *line           // that it came to
	arrivals []arrival       // at least one
	origin   origin          // whose words they are
	call     *Call           // in which it is read; nil if it is answered in the chat
	event    webhook.Message // the last of them
	text     string          // of all
	voice    bool            // some of it was spoken
	images   []frame.Image   // for a model that sees
	recalled []frame.Image   // earlier ones that it sees again
	declined bool            // nothing in it could be read, and the user was told so
	laden    atomic.Bool     // a document in it took too much to read
	log      *slog.Logger
	talk     *conversation.Conversation
	before   int // how many messages were in the conversation
	output   *messageOutput
	ctx      context.Context // ends when the answer is given up
	cancel   context.CancelCauseFunc
	progress atomic.Int32 // unsent, sending or superseded
	failed   bool         // it could not be answered

	owed       []string    // ids in the journal of what this turn answers
	promising  sync.Mutex  // held while it is journalled that something is about to be sent
	promised   atomic.Bool // it is
	unpromised atomic.Bool // it could not be
	touched    atomic.Bool // something was sent, or may have been
	kept       atomic.Bool // nothing was: it stays in the journal, for the next start

	// refusal is why the last delivery failed, and apologised says that the user got an apology already.
	refusal    atomic.Pointer[error]
	apologised atomic.Bool
	// incomplete says that a part of the answer was certainly not sent.
	incomplete atomic.Bool
	// read is closed when Meta was told that the message was read, so that the answer does not overtake the
	// typing indicator, which would then stay.
	read chan struct{}
}

// newMessage makes a turn of messages that came together.
func (b *Bot) newMessage(l *line, arrivals []arrival) *Message {
	last := arrivals[len(arrivals)-1].event
	m := &Message{
		bot: b, line: l, arrivals: arrivals, event: *last, log: b.log.With("message", cmp.Or(shortID(last.ID), "without id")), read: make(chan struct{}),
	}
	m.output = &messageOutput{message: m}
	m.owed = promises(arrivals)
	m.ctx, m.cancel = context.WithCancelCause(withSubject(b.ctx, m))
	return m
}

// ID is Meta's id of the message, of the last one if there are several.
func (m *Message) ID() string { return m.event.ID }

// String is a short name of the message for logs: the end of its id. Meta writes the user's number into the rest.
func (m *Message) String() string { return shortID(m.event.ID) }

// From is who wrote. Printed, it shows only the last four digits.
func (m *Message) From() webhook.User { return m.event.User }

// Text is what the messages say, as the model gets it, a line or more each: what was written, the title of the button or
// row that was chosen, what a voice note says or a document holds. What is not the user's own words stands in square
// brackets, such as "[The user sent a picture]".
func (m *Message) Text() string { return m.text }

// Voice reports whether there is a voice note among the messages.
func (m *Message) Voice() bool { return m.voice }

// Images are the pictures that were sent, if Config.Pictures is set. They must not be changed.
func (m *Message) Images() []frame.Image { return m.images }

// Heartbeat reports whether this is no message of the user, but the bot's own, of Config.Heartbeat.
func (m *Message) Heartbeat() bool { return m.origin == byHeartbeat }

// Event is all that Meta told of the message, of the last one if there are several.
func (m *Message) Event() webhook.Message { return m.event }

// Events are all messages that are answered here, in their order.
func (m *Message) Events() []webhook.Message {
	if m.origin == byReset {
		return []webhook.Message{m.event}
	}
	var all []webhook.Message
	for _, a := range m.arrivals {
		all = append(all, *a.event)
	}
	return all
}

// Conversation is what was said with this user, in calls and messages. In Task it is empty, and of this message alone.
func (m *Message) Conversation() *conversation.Conversation { return m.talk }

// Input is the stage that begins a pipeline for the message: it makes one frame.UserTurn and ends the session
// behind it.
func (m *Message) Input() pipeline.Stage { return messageInput{m} }

// Output is the stage that ends a pipeline for the message: it sends each response to the user when it is complete, first
// pictures (frame.Attachment), then the text in WhatsApp's markup with its choices (frame.Choices), or a voice note, then
// other files. It tells with frame.Playback what Meta took of the text, in the model's own words and markup.
func (m *Message) Output() pipeline.Stage { return m.output }

// Reply sends a text to the user as it is, in several messages if it is too long for one.
func (m *Message) Reply(ctx context.Context, text string) error {
	_, err := m.send(ctx, asWritten(text))
	return err
}

// Send sends a message of any kind to the user and returns its id. Files are uploaded with Graph first.
func (m *Message) Send(ctx context.Context, message graph.Message) (id string, err error) {
	r, err := m.deliver(ctx, delivery{messages: []graph.Message{message}})
	if len(r.ids) == 0 {
		return "", err
	}
	return r.ids[0], err
}

// Graph is the client of the phone number that the message came to.
func (m *Message) Graph() *graph.Client { return m.line.graph }

// send sends a text and returns how much of it Meta took, as it was written.
func (m *Message) send(ctx context.Context, w wording) (accepted string, err error) {
	r, err := m.deliver(ctx, delivery{messages: w.messages(), text: w.written})
	return w.heard(r), err
}

// deliver sends messages that say a text. It is the one place through which an answer leaves.
func (m *Message) deliver(ctx context.Context, d delivery) (r receipt, err error) {
	select {
	case <-m.read:
	case <-ctx.Done():
		return r, context.Cause(ctx)
	}
	d.line, d.to, d.of = m.line, m.event.User, m
	r, err = m.bot.sendAll(ctx, d)
	m.noteKept(err)
	if err != nil {
		m.refusal.Store(&err)
	}
	return r, err
}
