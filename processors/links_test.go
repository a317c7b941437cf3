package processors_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
)

// outbox keeps what is sent.
type outbox struct {
	mu   sync.Mutex
	sent []string
	err  error
}

func (o *outbox) send(_ context.Context, text string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, text)
	return o.err
}

// answers makes a response of each turn of the user: the turn's text, in two pieces.
func answers(then func(*pipeline.Emitter)) pipeline.Stage {
	var id uint64
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("answers")
		pipeline.Makes[frame.ResponseStart](w)
		pipeline.Makes[frame.TextDelta](w)
		pipeline.Makes[frame.ResponseEnd](w)
		pipeline.On(w, func(_ context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
			id++
			half := len(f.Text) / 2
			for _, p := range []pipeline.Frame{frame.ResponseStart{ID: id}, frame.TextDelta{ID: id, Text: f.Text[:half]}, frame.TextDelta{ID: id, Text: f.Text[half:]}} {
				if err := out.Push(p); err != nil {
					return err
				}
			}
			if then != nil {
				then(out)
			}
			return out.Push(frame.ResponseEnd{ID: id})
		})
	})
}

// responses is the text of each response.
func responses(frames []pipeline.Frame) (all []string) {
	text := map[uint64]string{}
	for _, f := range frames {
		switch f := f.(type) {
		case frame.TextDelta:
			text[f.ID] += f.Text
		case frame.ResponseEnd:
			all = append(all, text[f.ID])
		}
	}
	return all
}

func TestLinksAreSentAndNotSpoken(t *testing.T) {
	turn := func(text string) frame.UserTurn { return frame.UserTurn{Text: text} }
	for name, tt := range map[string]struct {
		script pipelinetest.Script
		opts   []processors.LinkOption
		said   []string
		sent   []string
	}{
		"one": {pipelinetest.Script{turn("See https://example.com/menu.")}, nil,
			[]string{"See the link. " + processors.DefaultLinkNotice}, []string{"https://example.com/menu"}},
		"two, one of them twice": {pipelinetest.Script{turn("[Menu](https://e.com/a), www.e.com, https://e.com/a")}, nil,
			[]string{"Menu, the link, the link " + processors.DefaultLinkNotice}, []string{"https://e.com/a\nwww.e.com"}},
		"none":        {pipelinetest.Script{turn("How are you?")}, nil, []string{"How are you?"}, nil},
		"other words": {pipelinetest.Script{turn("www.e.com")}, []processors.LinkOption{processors.WithLinkWords("es", "Kommt.")}, []string{"es Kommt."}, []string{"www.e.com"}},
		"answers after each other": {pipelinetest.Script{turn("www.a.com"), 10 * ms, turn("no"), 10 * ms, turn("www.b.com")}, []processors.LinkOption{processors.WithLinkWords("it", "ok")},
			[]string{"it ok", "no", "it ok"}, []string{"www.a.com", "www.b.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var o outbox
				frames := pipelinetest.Run(t, append(tt.script, 100*ms), answers(nil), processors.LinksAsText(o.send, tt.opts...))
				if d := cmp.Diff(tt.said, responses(frames)); d != "" {
					t.Errorf("said: %s", d)
				}
				if d := cmp.Diff(tt.sent, o.sent); d != "" {
					t.Errorf("sent: %s", d)
				}
			})
		})
	}
}

func TestLinksOfAnInterruptedAnswerAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o outbox
		interrupt := func(out *pipeline.Emitter) { out.Interrupt("the user said something else") }
		pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "See www.example.com"}, 100 * ms}, answers(interrupt), processors.LinksAsText(o.send))
		if len(o.sent) > 0 {
			t.Errorf("sent %q", o.sent)
		}
	})
}

func TestALinkThatCannotBeSentIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := outbox{err: errors.New("no network")}
		var faults []string
		watch := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("watch")
			pipeline.On(w, func(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
				faults = append(faults, f.Err.Error())
				return nil
			})
		})
		pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "See www.example.com"}, time.Second}, answers(nil), processors.LinksAsText(o.send), watch)
		if len(faults) != 1 || !strings.Contains(faults[0], "no network") {
			t.Errorf("failures: %q", faults)
		}
	})
}

func TestWithoutSendLinksPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frames := pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "See www.example.com"}, 100 * ms}, answers(nil), processors.LinksAsText(nil))
		if d := cmp.Diff([]string{"See www.example.com"}, responses(frames)); d != "" {
			t.Error(d)
		}
	})
}

func TestLinksOfAGuessAreSentWhenItComesTrue(t *testing.T) {
	for _, comesTrue := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var o outbox
			early := -1
			guess := pipeline.StageFunc(func(w *pipeline.Wiring) {
				w.Name("guess")
				pipeline.Makes[frame.UserTurn](w)
				pipeline.On(w, func(_ context.Context, f frame.Transcript, out *pipeline.Emitter) error {
					g, err := out.Speculate(frame.UserTurn{Text: f.Text, Speculative: true})
					if err != nil {
						return err
					}
					time.AfterFunc(100*ms, func() {
						o.mu.Lock()
						early = len(o.sent)
						o.mu.Unlock()
						if comesTrue {
							out.Commit(g)
						} else {
							out.Discard(g)
						}
					})
					return nil
				})
			})
			pipelinetest.Run(t, pipelinetest.Script{frame.Transcript{Text: "See www.example.com", Final: true}, time.Second}, guess, answers(nil), processors.LinksAsText(o.send))
			if early != 0 || len(o.sent) == 1 != comesTrue {
				t.Errorf("came true: %v; %d sent before, %q in the end", comesTrue, early, o.sent)
			}
		})
	}
}
