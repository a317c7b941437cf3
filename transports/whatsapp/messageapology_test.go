package whatsapp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
