package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// messageOutput is the end of a message's pipeline. It collects a response, its text, files and choices, and sends it when
// it is complete. A goroutine of its own sends, since Meta may take seconds and a stage must not stand still.
type messageOutput struct {
	message   *Message
	text      strings.Builder
	reasoning strings.Builder
	apology   bool // it is no answer of the model's
	extras    []extra
	queue     chan *answer
	idle      chan struct{} // closed when the sender has ended
	sent      atomic.Int64  // answers that Meta took
	cut       atomic.Bool   // one of them only in part, or the model broke off in it
	fault     atomic.Pointer[error]
}

// extra is a file or choices that wait for their answer. Unlike the text they may come before it begins.
type extra struct {
	gen     *pipeline.Generation
	file    *frame.Attachment
	choices *frame.Choices
}

// answer is a response that is ready to be sent.
type answer struct {
	id        uint64
	text      string
	reasoning string
	apology   bool // the model failed
	broken    bool // ... in the middle of it
	files     []frame.Attachment
	choices   frame.Choices // without options if there are none
	gen       *pipeline.Generation
	out       *pipeline.Emitter
}

// errBlankAnswer is an answer of white space, of which Meta sends nothing and the user would see nothing.
var errBlankAnswer = errors.New("the model's answer has nothing to read in it")

// errBlankChoice is a choice without a title, which the user would not see.
var errBlankChoice = errors.New("whatsapp: a choice has no title")

// maxAnswers is how many responses may wait to be sent; a message has one, or a few with tools.
const maxAnswers = 64

// Wire registers the stage.
func (o *messageOutput) Wire(w *pipeline.Wiring) {
	w.Name("whatsapp-reply")
	w.DrainTimeout(windowLength) // the turn's own clock ends before, and stands still while Meta's limits are waited for
	pipeline.Makes[frame.Playback](w)
	pipeline.OnOptional(w, o.begin)
	pipeline.On(w, o.add)
	pipeline.OnOptional(w, o.think)
	pipeline.OnOptional(w, o.attach)
	pipeline.OnOptional(w, o.choose)
	pipeline.OnOptional(w, o.end)
	pipeline.OnOptional(w, o.drain)
	pipeline.OnOptional(w, o.failed)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		o.queue, o.idle = make(chan *answer, maxAnswers), make(chan struct{})
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
	o.reasoning.Reset()
	o.apology = false
	return nil
}

func (o *messageOutput) think(_ context.Context, f frame.Reasoning, _ *pipeline.Emitter) error {
	if f.Retract {
		o.reasoning.WriteString(o.text.String())
		o.text.Reset()
	}
	o.reasoning.WriteString(f.Text)
	return nil
}

func (o *messageOutput) attach(_ context.Context, f frame.Attachment, out *pipeline.Emitter) error {
	o.extras = append(o.extras, extra{gen: out.Generation(), file: &f})
	return nil
}

func (o *messageOutput) choose(_ context.Context, f frame.Choices, out *pipeline.Emitter) error {
	shown := f.Options[:0:0]
	for _, c := range f.Options {
		if !blank(c.Title) {
			shown = append(shown, c)
		}
	}
	if n := len(f.Options) - len(shown); n > 0 {
		err := fmt.Errorf("%w: %s left out", errBlankChoice, plural(n, "choice"))
		o.message.log.Warn("a part of an answer could not be sent", "err", err)
		if len(shown) == 0 {
			o.fault.CompareAndSwap(nil, &err)
		}
	}
	f.Options = shown
	o.extras = append(o.extras, extra{gen: out.Generation(), choices: &f})
	return nil
}

func (o *messageOutput) add(_ context.Context, f frame.TextDelta, _ *pipeline.Emitter) error {
	o.text.WriteString(f.Text)
	o.apology = o.apology || f.Apology
	return nil
}

func (o *messageOutput) end(ctx context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
	a := answer{
		id: f.ID, text: strings.TrimSpace(o.text.String()), reasoning: o.reasoning.String(), apology: o.apology, broken: f.Broken,
		gen: out.Generation(), out: out,
	}
	o.text.Reset()
	o.reasoning.Reset()
	if o.message.origin != byUser && o.fault.Load() != nil {
		return nil // the user asked nothing: an apology would come out of nowhere
	}
	if !a.apology && !a.broken && !blank(a.text) {
		o.message.bot.model.success()
	}
	if a.text != "" && blank(a.text) {
		o.fault.CompareAndSwap(nil, &errBlankAnswer)
	}
	o.enqueue(ctx, a)
	return nil
}

// enqueue has an answer sent, with the files and choices that came since the one before.
func (o *messageOutput) enqueue(ctx context.Context, a answer) {
	for _, e := range o.extras {
		switch {
		case e.gen.State() == pipeline.Dead:
		case e.file != nil:
			a.files = append(a.files, *e.file)
		default:
			a.choices = *e.choices
		}
	}
	o.extras = nil
	if blank(a.text) && len(a.files) == 0 && len(a.choices.Options) == 0 {
		return
	}
	select {
	case o.queue <- &a:
	case <-ctx.Done():
	}
}

// drain waits until all was sent, before the session ends.
func (o *messageOutput) drain(ctx context.Context, _ pipeline.End, out *pipeline.Emitter) error {
	o.enqueue(ctx, answer{gen: out.Generation(), out: out}) // files that no response followed
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
	o.message.bot.model.failure(f)
	return nil
}

// run sends what is queued.
func (o *messageOutput) run(ctx context.Context) {
	roomyStack()
	defer close(o.idle)
	for {
		select {
		case a, ok := <-o.queue:
			if !ok {
				return
			}
			o.deliver(ctx, *a)
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends an answer and tells what Meta took of it. A panic, such as of a speech engine, is this answer's alone.
func (o *messageOutput) deliver(ctx context.Context, a answer) {
	defer func() {
		if v := recover(); v != nil {
			o.message.log.Error("panic while an answer was sent", "panic", v, "stack", string(debug.Stack()))
			err := fmt.Errorf("%w: panic: %v", ErrHandler, v)
			o.fault.CompareAndSwap(nil, &err)
		}
	}()
	if a.gen.State() == pipeline.Dead {
		return
	}
	c, faults := o.compose(ctx, a)
	for _, err := range faults {
		o.message.log.Warn("a part of an answer could not be sent", "err", err)
		o.fault.CompareAndSwap(nil, &err)
		_ = a.out.Push(pipeline.Failure{Stage: "whatsapp-reply", Err: err})
	}
	if len(c.messages) == 0 && len(c.missing) == 0 {
		return
	}
	r, err := o.message.deliver(ctx, delivery{messages: c.messages, text: a.text, spares: c.spares, missing: c.missing})
	if err != nil {
		o.fault.CompareAndSwap(nil, &err)
		if !o.message.kept.Load() {
			o.message.log.Warn("an answer could not be sent", "err", err)
		}
		// The part that failed may have arrived, what comes behind it has not.
		o.message.incomplete.Store(r.done+1 < len(c.messages))
	}
	if err != nil && r.done <= c.first {
		return // the user has nothing of it, or what goes before it
	}
	o.sent.Add(1)
	if err != nil || a.broken {
		o.cut.Store(true)
	}
	if a.apology {
		o.message.apologised.Store(true)
	}
	heard := c.heard(r)
	if heard == "" {
		return
	}
	_ = a.out.Push(frame.Playback{ID: a.id, State: frame.PlaybackStarted})
	_ = a.out.Push(frame.Playback{ID: a.id, State: frame.PlaybackDone, Heard: heard, Interrupted: err != nil || a.broken, Refs: r.ids})
}
