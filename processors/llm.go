package processors

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// LLMDeadlines bound how long a user waits for the model. A model that misses one is given up: nobody is left
// in dead air.
type LLMDeadlines struct {
	FirstToken time.Duration // from the request to the first text
	NextToken  time.Duration // between two texts
	Total      time.Duration // of all waiting for the model together
}

// DefaultLLMDeadlines are generous for a spoken answer, and bearable.
var DefaultLLMDeadlines = LLMDeadlines{FirstToken: 10 * time.Second, NextToken: 5 * time.Second, Total: 60 * time.Second}

// DefaultTextDeadlines are for answers in writing: models that reason first, or are loaded first, take their time, and
// nobody holds a phone to the ear. All of it ends before a session that has nothing else to do would (pipeline.DefaultDrainTimeout).
var DefaultTextDeadlines = LLMDeadlines{FirstToken: 50 * time.Second, NextToken: 30 * time.Second, Total: 55 * time.Second}

// DefaultApology is said when the model fails before it has said anything.
const DefaultApology = "Sorry, something went wrong. Could you say that again?"

var errLateModel = errors.New("the model took too long for its next text")

// LLMOption configures the LLM stage.
type LLMOption func(*llm)

// WithInstructions sets the system prompt.
func WithInstructions(text string) LLMOption { return func(l *llm) { l.instructions = text } }

// WithApology sets what is said when the model fails before it has said anything; "" says nothing. It is no part of the
// conversation, which holds what the model said: with the next turn the model answers what it has not answered yet.
func WithApology(text string) LLMOption { return func(l *llm) { l.apology = text } }

// WithLLMDeadlines replaces the deadlines, which are DefaultLLMDeadlines in calls and DefaultTextDeadlines in writing.
func WithLLMDeadlines(d LLMDeadlines) LLMOption { return func(l *llm) { l.deadlines = &d } }

// WithMaxTokens limits each answer.
func WithMaxTokens(n int) LLMOption { return func(l *llm) { l.maxTokens = n } }

// LLM makes the stage that answers UserTurn frames, with the whole conversation in view, and speaks Say frames as
// they are. The user's words enter the conversation before the model is asked, even if the user has already said
// something else; the answer enters it when the output says what was heard of it (frame.Playback).
func LLM(model services.LLM, c *conversation.Conversation, opts ...LLMOption) pipeline.Stage {
	l := &llm{model: model, conversation: c, apology: DefaultApology}
	for _, o := range opts {
		o(l)
	}
	return l
}

type llm struct {
	model        services.LLM
	conversation *conversation.Conversation
	instructions string
	apology      string
	maxTokens    int
	deadlines    *LLMDeadlines // nil depends on how the answer goes

	responses uint64
	apologies []uint64                    // the last responses that were none of the model's
	via       string                      // how the last answer goes, for the record of what was answered
	guesses   map[uint64]services.Message // what the user perhaps said, by generation
}

func (l *llm) Wire(w *pipeline.Wiring) {
	w.Name("llm" + engineName(l.model))
	pipeline.Makes[frame.ResponseStart](w)
	pipeline.Makes[frame.TextDelta](w)
	pipeline.Makes[frame.Reasoning](w)
	pipeline.Makes[frame.ResponseEnd](w)
	pipeline.On(w, l.userTurn)
	pipeline.OnOptional(w, l.say)
	pipeline.On(w, l.playback)
	pipeline.On(w, l.committed)
}

func (l *llm) userTurn(ctx context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
	said := services.Message{Role: services.User, Text: f.Text, Via: f.Via, At: out.Session().Now(), Refs: f.Refs, Images: kept(f.Images)}
	if f.Speculative && out.Generation().State() != pipeline.Live {
		return l.guess(ctx, said, out)
	}
	var snapshot conversation.Snapshot
	if f.Aside {
		snapshot = l.with(said)
	} else {
		snapshot = l.record(ctx, said, out)
	}
	l.via = cmp.Or(f.ReplyVia, f.Via)
	if ctx.Err() != nil {
		return nil // recorded; the next turn answers both
	}
	snapshot.Messages = illustrate(snapshot.Messages, f)
	return l.respond(out, func(id uint64) (bool, error) { return l.generate(ctx, id, snapshot, out) })
}

// record writes what the user said into the conversation.
func (l *llm) record(ctx context.Context, said services.Message, out *pipeline.Emitter) conversation.Snapshot {
	l.via = said.Via
	snapshot, err := l.conversation.Append(ctx, said)
	if err != nil {
		_ = out.Push(pipeline.Failure{Stage: "conversation", Err: err}) // the words are kept in memory: answer all the same
	}
	return snapshot
}

// with returns the conversation as it would be with one more message.
func (l *llm) with(said services.Message) conversation.Snapshot {
	snapshot := l.conversation.Snapshot()
	snapshot.Messages = append(slices.Clip(snapshot.Messages), said)
	return snapshot
}

// guess answers what the user perhaps said, without a trace in the conversation until it is committed.
func (l *llm) guess(ctx context.Context, said services.Message, out *pipeline.Emitter) error {
	if ctx.Err() != nil {
		return nil // discarded
	}
	if l.guesses == nil {
		l.guesses = make(map[uint64]services.Message)
	}
	clear(l.guesses) // an older guess that was not committed before this one came was wrong
	l.guesses[out.Generation().ID()] = said
	snapshot := l.with(said)
	snapshot.Messages = illustrate(snapshot.Messages, frame.UserTurn{})
	return l.respond(out, func(id uint64) (bool, error) { return l.generate(ctx, id, snapshot, out) })
}

// committed records a guess that has come true.
func (l *llm) committed(ctx context.Context, c pipeline.Committed, out *pipeline.Emitter) error {
	if said, ok := l.guesses[c.Generation]; ok {
		delete(l.guesses, c.Generation)
		l.record(ctx, said, out)
	}
	return nil
}

func (l *llm) say(_ context.Context, f frame.Say, out *pipeline.Emitter) error {
	return l.respond(out, func(id uint64) (bool, error) {
		return false, out.Push(frame.TextDelta{ID: id, Text: f.Text})
	})
}

// respond frames a response, whose body tells whether it broke off.
func (l *llm) respond(out *pipeline.Emitter, body func(id uint64) (broken bool, err error)) error {
	l.responses++
	id := l.responses
	if err := out.Push(frame.ResponseStart{ID: id}); err != nil {
		return err
	}
	broken, err := body(id)
	if err != nil {
		return err
	}
	return out.Push(frame.ResponseEnd{ID: id, Broken: broken})
}

// generate streams the model's answer, and tells whether it broke off. A fault of the model is told as a Failure and
// never ends the session.
func (l *llm) generate(ctx context.Context, id uint64, s conversation.Snapshot, out *pipeline.Emitter) (broken bool, err error) {
	said, err := l.stream(ctx, id, s, out)
	if ctx.Err() != nil || errors.Is(err, pipeline.ErrDeadGeneration) {
		return false, nil // interrupted
	}
	if err == nil && !said {
		err = errors.New("the model answered with nothing")
	}
	if err == nil {
		return false, nil
	}
	_ = out.Push(pipeline.Failure{Stage: "llm", Err: err})
	if said || l.apology == "" {
		return said, nil
	}
	if len(l.apologies) == maxApologies {
		l.apologies = slices.Delete(l.apologies, 0, 1)
	}
	l.apologies = append(l.apologies, id)
	return false, out.Push(frame.TextDelta{ID: id, Text: l.apology, Apology: true})
}

// maxApologies is how many apologies are remembered until it is known whether they were heard.
const maxApologies = 8

// patience is how long the user waits, who hears the answer or reads it.
func (l *llm) patience() LLMDeadlines {
	switch {
	case l.deadlines != nil:
		return *l.deadlines
	case l.via == "" || l.via == "call":
		return DefaultLLMDeadlines
	}
	return DefaultTextDeadlines
}

// stream pushes the model's text as it comes and reports whether there was any. The deadlines count the time that
// the model takes, not the time that the stages behind take to speak.
func (l *llm) stream(ctx context.Context, id uint64, s conversation.Snapshot, out *pipeline.Emitter) (said bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	deadlines := l.patience()
	left := deadlines.Total
	limit := min(deadlines.FirstToken, left)
	late := time.AfterFunc(limit, func() { cancel(errLateModel) })
	defer late.Stop()

	asked := time.Now()
	for delta, err := range l.model.Generate(ctx, l.request(s)) {
		late.Stop()
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return said, err
		}
		left -= time.Since(asked)
		if !said && strings.TrimSpace(delta.Text) != "" {
			said = true
			_ = out.Push(frame.Metrics{Point: frame.PointFirstToken, At: time.Now()})
		}
		said = said && !delta.Retract
		if delta.Reasoning != "" || delta.Retract {
			if err := out.Push(frame.Reasoning{ID: id, Text: delta.Reasoning, Retract: delta.Retract}); err != nil {
				return said, err
			}
		}
		if delta.Text != "" {
			if err := out.Push(frame.TextDelta{ID: id, Text: delta.Text}); err != nil {
				return said, err
			}
		}
		late.Reset(min(deadlines.NextToken, max(left, 0)))
		asked = time.Now()
	}
	return said, context.Cause(ctx)
}

func (l *llm) request(s conversation.Snapshot) services.Request {
	messages := s.Messages
	if l.instructions != "" {
		messages = append([]services.Message{{Role: services.System, Text: l.instructions}}, messages...)
	}
	return services.Request{Messages: messages, MaxTokens: l.maxTokens}
}

// playback records what was heard of a response of the model.
func (l *llm) playback(ctx context.Context, f frame.Playback, out *pipeline.Emitter) error {
	if f.State != frame.PlaybackDone || f.Heard == "" || slices.Contains(l.apologies, f.ID) {
		return nil
	}
	_, err := l.conversation.Append(ctx, services.Message{
		Role: services.Assistant, Text: f.Heard, Via: l.via, At: out.Session().Now(), Interrupted: f.Interrupted, Refs: f.Refs,
	})
	if err != nil {
		_ = out.Push(pipeline.Failure{Stage: "conversation", Err: err})
	}
	return nil
}
