package whatsapp

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// messageOutput is the end of a message's pipeline. It collects the text of a response and sends it when it is
// complete. A goroutine of its own sends, since Meta may take seconds and a stage must not stand still.
type messageOutput struct {
	message *Message
	text    strings.Builder
	apology bool // it is no answer of the model's
	queue   chan answer
	idle    chan struct{} // closed when the sender has ended
	sent    atomic.Int64  // answers that Meta took
	fault   atomic.Pointer[error]
}

// answer is a response that is ready to be sent.
type answer struct {
	id      uint64
	text    string
	apology bool // the model failed
	gen     *pipeline.Generation
	out     *pipeline.Emitter
}

// maxAnswers is how many responses may wait to be sent; a message has one, or a few with tools.
const maxAnswers = 64

// Wire registers the stage.
func (o *messageOutput) Wire(w *pipeline.Wiring) {
	w.Name("whatsapp-reply")
	pipeline.Makes[frame.Playback](w)
	pipeline.OnOptional(w, o.begin)
	pipeline.On(w, o.add)
	pipeline.OnOptional(w, o.end)
	pipeline.OnOptional(w, o.drain)
	pipeline.OnOptional(w, o.failed)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		o.queue, o.idle = make(chan answer, maxAnswers), make(chan struct{})
		go o.run(out.Context()) // ends at End or with the session; OnStop waits for it
		return nil
	})
	w.OnStop(func(ctx context.Context) error {
		select {
		case <-o.idle:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

func (o *messageOutput) begin(context.Context, frame.ResponseStart, *pipeline.Emitter) error {
	o.text.Reset() // what is left belongs to a response that was interrupted
	o.apology = false
	return nil
}

func (o *messageOutput) add(_ context.Context, f frame.TextDelta, _ *pipeline.Emitter) error {
	o.text.WriteString(f.Text)
	o.apology = o.apology || f.Apology
	return nil
}

func (o *messageOutput) end(ctx context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
	a := answer{id: f.ID, text: strings.TrimSpace(o.text.String()), apology: o.apology, gen: out.Generation(), out: out}
	o.text.Reset()
	if blank(a.text) || o.message.origin != byUser && o.fault.Load() != nil {
		return nil // the user asked nothing: an apology would come out of nowhere
	}
	select {
	case o.queue <- a:
	case <-ctx.Done():
	}
	return nil
}

// drain waits until all was sent, before the session ends.
func (o *messageOutput) drain(ctx context.Context, _ pipeline.End, _ *pipeline.Emitter) error {
	close(o.queue)
	select {
	case <-o.idle:
	case <-ctx.Done():
	}
	return nil
}

// failed notes that something went wrong, in case no answer comes.
func (o *messageOutput) failed(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
	o.fault.CompareAndSwap(nil, &f.Err)
	return nil
}

// run sends what is queued.
func (o *messageOutput) run(ctx context.Context) {
	defer close(o.idle)
	for {
		select {
		case a, ok := <-o.queue:
			if !ok {
				return
			}
			o.deliver(ctx, a)
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends an answer and tells what Meta took of it.
func (o *messageOutput) deliver(ctx context.Context, a answer) {
	if a.gen.State() == pipeline.Dead {
		return
	}
	cfg := &o.message.bot.cfg
	words := cfg.wording(a.text)
	if a.apology {
		words = asWritten(cfg.apology(a.text))
		words.written = a.text // how to begin anew is not for the model
	}
	sent, err := o.message.deliver(ctx, words.messages(), words.written)
	if err != nil {
		o.fault.CompareAndSwap(nil, &err)
		o.message.log.Warn("an answer could not be sent", "err", err)
	}
	heard := words.heard(sent)
	if heard == "" {
		return
	}
	o.sent.Add(1)
	if a.apology {
		o.message.apologised.Store(true)
	}
	_ = a.out.Push(frame.Playback{ID: a.id, State: frame.PlaybackStarted})
	_ = a.out.Push(frame.Playback{ID: a.id, State: frame.PlaybackDone, Heard: heard, Interrupted: err != nil, Refs: sent.ids})
}
