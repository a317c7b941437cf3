package caller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Request is one call with one question.
type Request struct {
	From whatsapptest.User
	Clip audio.PCM
	// Answer is how long the phone rings before the caller gives up.
	Answer time.Duration
	// Greeting is how long the caller waits for the bot to speak first.
	Greeting time.Duration
	// Conversation has the caller's manners; its Call is filled in.
	Conversation Conversation
}

// Result is what came of it. Milliseconds that were not reached are absent.
type Result struct {
	OK            bool                     `json:"ok"`
	Error         string                   `json:"error,omitempty"`
	CallID        string                   `json:"call_id,omitempty"`
	RingToAccept  *float64                 `json:"ring_to_accept_ms,omitempty"`
	FirstPacket   *float64                 `json:"accept_to_first_packet_ms,omitempty"`
	FirstAudio    *float64                 `json:"accept_to_first_audio_ms,omitempty"`
	Response      *float64                 `json:"response_ms,omitempty"`
	AnswerSeconds float64                  `json:"answer_seconds,omitempty"`
	Packets       int                      `json:"packets"`
	Violations    []whatsapptest.Violation `json:"violations"`
	Ended         string                   `json:"ended,omitempty"`
	Recording     string                   `json:"recording,omitempty"`
}

// Failed is the result of a call that was never placed.
func Failed(err error) Result {
	return Result{Error: err.Error(), Violations: []whatsapptest.Violation{}}
}

// Place calls the bot, listens to its greeting if it has one, speaks the clip, listens to the answer and hangs up. The
// result has all that was reached, whatever the error; the recording is what was heard until then.
func Place(ctx context.Context, e *whatsapptest.Emulator, r Request) (Result, audio.PCM, error) {
	call, err := e.Call(ctx, r.From)
	if err != nil {
		return Failed(err), audio.PCM{}, err
	}
	return r.through(ctx, e, call)
}

// through is the call from the ring to its end.
func (r Request) through(ctx context.Context, e *whatsapptest.Emulator, call *whatsapptest.Call) (Result, audio.PCM, error) {
	result := Result{CallID: call.ID(), Violations: []whatsapptest.Violation{}}
	r.Conversation.Call = call
	turn, err := r.talk(ctx, e, &r.Conversation)
	hangUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if hangErr := call.HangUp(hangUp); err == nil {
		err = hangErr
	}
	result.fill(call, turn)
	result.OK = err == nil
	if err != nil {
		result.Error = err.Error()
	}
	return result, call.Recording(), err
}

// talk is the call from the ring to the end of the answer.
func (r Request) talk(ctx context.Context, e *whatsapptest.Emulator, c *Conversation) (Turn, error) {
	ringing, cancel := context.WithTimeout(ctx, r.Answer)
	err := c.Call.WaitAccepted(ringing)
	cancel()
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return Turn{}, fmt.Errorf("the bot took the webhook but did not accept the call within %v%s", r.Answer, refusals(e, c.Call))
		}
		return Turn{}, err
	}
	greeting, cancel := context.WithTimeout(ctx, r.Greeting)
	start, err := c.Call.WaitSpeech(greeting, 0)
	cancel()
	switch {
	case err == nil:
		if _, err := c.Call.WaitSilence(ctx, start, c.Quiet); err != nil {
			return Turn{}, err
		}
	case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
		return Turn{}, err
	}
	speaking, cancel := context.WithTimeout(ctx, c.Patience+r.Clip.Duration())
	turn, err := c.Begin(speaking, r.Clip)
	cancel()
	if err != nil {
		return turn, err
	}
	return turn, c.Hear(ctx, &turn)
}

// refusals tells what Graph said to the bot, for a call that was never accepted.
func refusals(e *whatsapptest.Emulator, call *whatsapptest.Call) string {
	asked := false
	text := ""
	for _, event := range e.Events() {
		if event.Kind == whatsapptest.EventGraph && event.Call == call.ID() {
			asked = true
			if event.Status != 200 {
				text = fmt.Sprintf("; its last refused request was %s, status %d", event.Detail, event.Status)
			}
		}
	}
	if !asked {
		return fmt.Sprintf("; it made no request to %s, where its Graph base URL has to point", e.GraphURL())
	}
	return text
}

// fill takes the figures from the call.
func (r *Result) fill(call *whatsapptest.Call, turn Turn) {
	t := call.Timings()
	r.RingToAccept = between(t.Ring, t.Accept)
	r.FirstPacket = between(t.Accept, t.FirstPacket)
	r.FirstAudio = between(t.Accept, t.FirstSpeech)
	if turn.Response > 0 {
		r.Response = Milliseconds(turn.Response)
	}
	r.AnswerSeconds = (turn.Answer.End - turn.Answer.Start).Round(time.Millisecond).Seconds()
	r.Packets = len(call.Packets())
	r.Violations = append(r.Violations, call.Violations()...)
	ending := call.Ending()
	r.Ended = fmt.Sprintf("%s by %s", ending.Reason, ending.By)
}

// between is the time between two moments, if both came, in this order.
func between(from, to time.Time) *float64 {
	if from.IsZero() || to.Before(from) { // a call of the bot gets its first packet while it rings
		return nil
	}
	return Milliseconds(to.Sub(from))
}

// Milliseconds is a duration as a number, to a tenth.
func Milliseconds(d time.Duration) *float64 {
	ms := float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
	return &ms
}
