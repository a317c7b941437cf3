package caller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Conversation is what a caller does in a call.
type Conversation struct {
	Call *whatsapptest.Call
	// Quiet is for how long the bot has to be silent to have finished.
	Quiet time.Duration
	// Patience is how long the caller waits for the bot to begin.
	Patience time.Duration
	// Finish is how long the bot may speak at a stretch; after that the caller goes on regardless.
	Finish time.Duration
}

// NewConversation returns a caller with good manners.
func NewConversation(call *whatsapptest.Call) *Conversation {
	return &Conversation{Call: call, Quiet: 1200 * time.Millisecond, Patience: 15 * time.Second, Finish: 60 * time.Second}
}

// Turn is what was said in one exchange, on the call's clock.
type Turn struct {
	Said   whatsapptest.Utterance
	Answer whatsapptest.Span // from the bot's first to its last sample; zero if it was not heard
	// Response is the time from the caller's last sample of speech to the bot's first. It is 0 if the bot spoke
	// before the caller had finished; Overlap is true then.
	Response time.Duration
	Overlap  bool
	// BargeIn is the time from the caller's first sample of speech to the bot's last one, for an interruption.
	BargeIn time.Duration
}

// Listen waits until the bot has spoken from a moment on, and has finished.
func (c *Conversation) Listen(ctx context.Context, after time.Duration) (whatsapptest.Span, error) {
	waiting, cancel := context.WithTimeout(ctx, c.Patience)
	start, err := c.Call.WaitSpeech(waiting, after)
	cancel()
	if err != nil {
		return whatsapptest.Span{}, c.silent(ctx, err)
	}
	listening, cancel := context.WithTimeout(ctx, c.Finish)
	defer cancel()
	end, err := c.Call.WaitSilence(listening, start, c.Quiet)
	if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return whatsapptest.Span{Start: start, End: end}, err
	}
	return whatsapptest.Span{Start: start, End: end}, nil
}

// Ask says something and listens to the whole answer.
func (c *Conversation) Ask(ctx context.Context, clip audio.PCM) (Turn, error) {
	t, err := c.Begin(ctx, clip)
	if err == nil {
		err = c.Hear(ctx, &t)
	}
	return t, err
}

// Begin says something and does not wait for the answer.
func (c *Conversation) Begin(ctx context.Context, clip audio.PCM) (Turn, error) {
	said, err := c.Call.Say(ctx, clip)
	return Turn{Said: said}, err
}

// WaitSpeaking waits until the bot has been speaking for a while, since the given time on the call's clock. It fails
// with ErrNotSpeaking if the bot had less to say than that.
func (c *Conversation) WaitSpeaking(ctx context.Context, after, length time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, c.Patience)
	start, err := c.Call.WaitSpeech(waiting, after)
	cancel()
	if err != nil {
		return c.silent(ctx, err)
	}
	const pause = 700 * time.Millisecond // between two sentences
	speaking, cancel := context.WithTimeout(ctx, length+pause)
	defer cancel()
	_, err = c.Call.WaitSpeech(speaking, start+length)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return ErrNotSpeaking
	}
	return err
}

// silent makes ErrSilent of the end of the caller's patience.
func (c *Conversation) silent(ctx context.Context, err error) error {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w within %v", ErrSilent, c.Patience)
	}
	return err
}

// Interrupt says something while the bot speaks, and listens to the whole answer to that.
func (c *Conversation) Interrupt(ctx context.Context, clip audio.PCM) (Turn, error) {
	t, err := c.Begin(ctx, clip)
	if err != nil {
		return t, err
	}
	if err := c.Hear(ctx, &t); err != nil {
		return t, err
	}
	const quiet = 300 * time.Millisecond // longer than the pauses between the words of one sentence
	cut, ok := c.Call.BargeIn(t.Said, quiet)
	if !ok {
		return t, ErrNotSpeaking
	}
	t.BargeIn = cut
	return t, nil
}

// Hear listens to the whole answer of a turn that was begun.
func (c *Conversation) Hear(ctx context.Context, t *Turn) error {
	answer, err := c.Listen(ctx, t.Said.LastSpeech)
	t.Answer = answer
	if err != nil {
		return err
	}
	response, ok := c.Call.Response(t.Said)
	t.Response, t.Overlap = response, !ok
	return nil
}
