package processors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	// DefaultLinkWord is said in the place of a link.
	DefaultLinkWord = "the link"
	// DefaultLinkNotice is said behind an answer with links.
	DefaultLinkNotice = "I am sending it to you as a message."
	// linkTimeout bounds how long it may take to send links.
	linkTimeout = 30 * time.Second
	// maxLinks is how many answers with links may wait to be sent.
	maxLinks = 16
)

// LinkOption configures the LinksAsText stage.
type LinkOption func(*links)

// WithLinkWords sets what is said in the place of a link, and behind an answer with links.
func WithLinkWords(word, notice string) LinkOption {
	return func(l *links) { l.word, l.notice = word, notice }
}

// LinksAsText makes the stage that sends the links in the model's answers as text, such as with a call's SendText,
// instead of speaking them. It stands between LLM and TTS. "See https://example.com/a?b=1." is spoken as "See the link. I
// am sending it to you as a message."; of "[our menu](https://example.com)" the words are spoken. The links of an answer
// are sent together, a line each, when the answer is complete, unless it was interrupted before; a link that cannot be
// sent is a Failure. Without send, answers pass as they are.
func LinksAsText(send func(ctx context.Context, text string) error, opts ...LinkOption) pipeline.Stage {
	l := &links{send: send, word: DefaultLinkWord, notice: DefaultLinkNotice}
	for _, o := range opts {
		o(l)
	}
	return l
}

type links struct {
	send         func(ctx context.Context, text string) error
	word, notice string

	reader linkReader
	held   map[uint64][]string // found in answers that are only guessed so far, by generation
	queue  chan string
	wg     sync.WaitGroup
}

func (l *links) Wire(w *pipeline.Wiring) {
	w.Name("links-as-text")
	if l.send == nil {
		return // everything passes
	}
	pipeline.Makes[frame.TextDelta](w)
	pipeline.On(w, l.begin)
	pipeline.On(w, l.add)
	pipeline.On(w, l.end)
	pipeline.OnOptional(w, l.committed)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		l.reader, l.held, l.queue = linkReader{word: l.word}, make(map[uint64][]string), make(chan string, maxLinks)
		l.wg.Go(func() { l.run(out) }) // ends when the queue is closed, at the stop
		return nil
	})
	w.OnStop(func(ctx context.Context) error {
		close(l.queue)
		done := make(chan struct{})
		go func() { defer close(done); l.wg.Wait() }() // ends with run, within linkTimeout for each answer
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

func (l *links) begin(_ context.Context, f frame.ResponseStart, out *pipeline.Emitter) error {
	l.reader = linkReader{word: l.word}
	return out.Push(f)
}

func (l *links) add(_ context.Context, f frame.TextDelta, out *pipeline.Emitter) error {
	f.Text = l.reader.add(f.Text)
	if f.Text == "" {
		return nil
	}
	return out.Push(f)
}

func (l *links) end(_ context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
	rest := l.reader.finish()
	if len(l.reader.found) > 0 {
		rest = strings.TrimRight(rest, " \n") + " " + l.notice
	}
	if rest != "" {
		if err := out.Push(frame.TextDelta{ID: f.ID, Text: rest}); err != nil {
			return err
		}
	}
	if err := out.Push(f); err != nil {
		return err
	}
	if len(l.reader.found) == 0 {
		return nil
	}
	switch g := out.Generation(); g.State() {
	case pipeline.Live:
		l.enqueue(l.reader.found, out)
	case pipeline.Held:
		clear(l.held) // an older guess was wrong
		l.held[g.ID()] = slices.Clone(l.reader.found)
	}
	return nil
}

// committed sends the links of an answer to a guess that has come true.
func (l *links) committed(_ context.Context, c pipeline.Committed, out *pipeline.Emitter) error {
	if found, ok := l.held[c.Generation]; ok {
		delete(l.held, c.Generation)
		l.enqueue(found, out)
	}
	return nil
}

func (l *links) enqueue(found []string, out *pipeline.Emitter) {
	select {
	case l.queue <- strings.Join(found, "\n"):
	default:
		_ = out.Push(pipeline.Failure{Stage: "links-as-text", Err: fmt.Errorf("processors: links are dropped: %d answers wait to be sent", maxLinks)})
	}
}

// run sends what is queued. What was promised to the user is sent even if the session ends meanwhile.
func (l *links) run(out *pipeline.Emitter) {
	for text := range l.queue {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(out.Context()), linkTimeout)
		if err := l.send(ctx, text); err != nil {
			_ = out.Push(pipeline.Failure{Stage: "links-as-text", Err: fmt.Errorf("processors: a link that was promised could not be sent: %w", err)})
			out.Logger().Warn("a link that was promised could not be sent", "err", err)
		}
		cancel()
	}
}
