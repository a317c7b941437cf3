package conversation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is a Store whose faults a test can set.
type store struct {
	mu    sync.Mutex
	value map[string][]byte
	rev   map[string]uint64
	fail  error
}

func newStore() *store { return &store{value: map[string][]byte{}, rev: map[string]uint64{}} }

func (s *store) Get(_ context.Context, key string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, 0, s.fail
	}
	if s.rev[key] == 0 {
		return nil, 0, services.ErrNotFound
	}
	return s.value[key], s.rev[key], nil
}

func (s *store) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(ctx.Err(), s.fail); err != nil {
		return 0, err
	}
	if s.rev[key] != revision {
		return 0, services.ErrConflict
	}
	s.value[key] = value
	s.rev[key]++
	return s.rev[key], nil
}

func (s *store) Delete(context.Context, string) error { return nil }
func (s *store) Close() error                         { return nil }

func texts(s conversation.Snapshot) (out []string) {
	for _, m := range s.Messages {
		out = append(out, m.Text)
	}
	return out
}

func user(text string) services.Message { return services.Message{Role: services.User, Text: text} }

func TestSnapshotsNeverChange(t *testing.T) {
	c := conversation.New()
	before, err := c.Append(t.Context(), user("one"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := c.Append(t.Context(), user("two"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one"}, texts(before)); diff != "" {
		t.Errorf("the old snapshot changed:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "two"}, texts(after)); diff != "" || after.Version <= before.Version {
		t.Errorf("version %d after %d:\n%s", after.Version, before.Version, diff)
	}
}

func TestCallAndTextShareOneConversation(t *testing.T) {
	book := conversation.NewBook(newStore())
	call, err := book.Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	text, err := book.Open(t.Context(), "ada")
	if err != nil || text != call {
		t.Fatalf("the second Open gave another conversation (%v)", err)
	}
	other, err := book.Open(t.Context(), "bob")
	if err != nil || other == call {
		t.Fatalf("two users share a conversation (%v)", err)
	}
}

func TestConversationSurvivesARestart(t *testing.T) {
	s := newStore()
	c, err := conversation.NewBook(s).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // the turn was interrupted; the words are kept all the same
	if _, err := c.Append(ended, user("hello")); err != nil {
		t.Fatal(err)
	}
	again, err := conversation.NewBook(s).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
}

func TestTwoNodesLoseNothing(t *testing.T) {
	s := newStore()
	var all sync.WaitGroup
	for node := range 2 {
		c, err := conversation.NewBook(s).Open(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for i := range 50 {
				if _, err := c.Append(t.Context(), user(fmt.Sprint(node, ".", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	c, err := conversation.NewBook(s).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Snapshot().Messages); n != 100 {
		t.Errorf("%d messages kept, want all 100", n)
	}
}

func TestOldMessagesAreForgotten(t *testing.T) {
	c, err := conversation.NewBook(newStore(), conversation.WithLimit(3)).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, err := c.Append(t.Context(), user(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"2", "3", "4"}, texts(c.Snapshot())); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	answer := services.Message{Role: services.Assistant, Text: "answer"}
	for _, m := range []services.Message{answer, user("5"), answer} {
		if _, err := c.Append(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"5", "answer"}, texts(c.Snapshot())); diff != "" {
		t.Errorf("what is kept begins with an answer (-want +got):\n%s", diff)
	}
	if err := c.Reset(t.Context()); err != nil || len(c.Snapshot().Messages) != 0 {
		t.Errorf("after Reset: %v, %v", c.Snapshot().Messages, err)
	}
}

func TestAFaultOfTheStoreIsToldAndMendedWithTheNextChange(t *testing.T) {
	s := newStore()
	c, err := conversation.NewBook(s).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	s.fail = errors.New("disk full")
	if _, err := c.Append(t.Context(), user("one")); !errors.Is(err, s.fail) {
		t.Errorf("Append: %v, want the store's fault", err)
	}
	s.fail = nil
	if _, err := c.Append(t.Context(), user("two")); err != nil {
		t.Fatal(err)
	}
	var stored struct{ Messages []services.Message }
	if err := json.Unmarshal(s.value["ada"], &stored); err != nil || len(stored.Messages) != 2 {
		t.Errorf("stored %d messages (%v), want both", len(stored.Messages), err)
	}
}

func TestADamagedConversationIsNotOverwritten(t *testing.T) {
	s := newStore()
	s.value["ada"], s.rev["ada"] = []byte("{garbage"), 1
	book := conversation.NewBook(s)
	for range 2 {
		if _, err := book.Open(t.Context(), "ada"); err == nil {
			t.Fatal("a damaged conversation was opened")
		}
	}
	if string(s.value["ada"]) != "{garbage" {
		t.Error("the damaged value was overwritten")
	}
}
