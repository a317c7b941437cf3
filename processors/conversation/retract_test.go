package conversation_test

import (
	"testing"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
)

func TestRetract(t *testing.T) {
	store := memory.New()
	c, err := conversation.NewBook(store).Open(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	said := func(role services.Role, text string) {
		t.Helper()
		if _, err := c.Append(t.Context(), services.Message{Role: role, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	retract := func(want bool, texts ...string) {
		t.Helper()
		if done, err := c.Retract(t.Context(), texts...); err != nil || done != want {
			t.Errorf("retract %q: %v, %v", texts, done, err)
		}
	}
	retract(false, "hi")
	said(services.User, "hi")
	before := c.Snapshot()
	retract(false, "ho", "")
	retract(true, "ho", "hi")
	retract(false, "hi")
	if len(before.Messages) != 1 || before.Messages[0].Text != "hi" {
		t.Error("a snapshot was changed")
	}
	said(services.User, "hi")
	said(services.Assistant, "hi")
	retract(false, "hi") // it was answered
	again, err := conversation.NewBook(store).Open(t.Context(), "1")
	if err != nil || len(again.Snapshot().Messages) != 2 {
		t.Errorf("stored: %v, %v", again.Snapshot().Messages, err)
	}
}

func TestRetractByRefs(t *testing.T) {
	t.Parallel()
	c := conversation.New()
	if _, err := c.Append(t.Context(), services.Message{Role: services.User, Text: "Hello", Refs: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		refs []string
		want bool
	}{{nil, false}, {[]string{"a"}, false}, {[]string{"b", "c", "a"}, true}, {[]string{"a", "b"}, false}} {
		if done, err := c.RetractRefs(t.Context(), tt.refs...); err != nil || done != tt.want {
			t.Errorf("%v: %v, %v; want %v", tt.refs, done, err, tt.want)
		}
	}
}
