package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// An apology is none of the model's words: with the next turn it answers the question that it has not answered.
func TestApologiesAreNotRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := &model{}
	m.answer = func(last string) (string, error) {
		if last == "one" {
			return "", errors.New("the model is down")
		}
		return "You said: " + last, nil
	}
	r.bot.OnMessage(writes(m))
	r.write(ada, "one")
	if got := r.reply(ada); !strings.HasPrefix(got, "Sorry") {
		t.Errorf("got %q", got)
	}
	r.write(ada, "two")
	r.reply(ada)
	r.write(ada, "three")
	r.reply(ada)
	want := []string{"user: one", "user: two", "assistant: You said: two", "user: three"}
	if d := cmp.Diff(want, m.last()); d != "" {
		t.Errorf("the model was told (-want +got):\n%s", d)
	}
}

// How to begin anew is said to the user, and is no part of what the stages hear of their answer.
func TestTheHintIsForTheUserAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	down := &model{answer: func(string) (string, error) { return "", errors.New("the model is down") }}
	heard := make(chan string, 4)
	listen := pipeline.Handle(func(_ context.Context, f frame.Playback, _ *pipeline.Emitter) error {
		if f.State == frame.PlaybackDone {
			heard <- f.Heard
		}
		return nil
	})
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		return pipeline.New(m.Input(), listen, processors.LLM(down, m.Conversation(), processors.WithApology("Sorry!")), m.Output()).Run(ctx)
	})
	r.write(ada, "Hello")
	if got := r.reply(ada); got != "Sorry! Or write /reset to begin anew." {
		t.Errorf("got %q", got)
	}
	if got := next(r, heard); got != "Sorry!" {
		t.Errorf("the stages are told %q", got)
	}
}
