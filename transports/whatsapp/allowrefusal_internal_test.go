package whatsapp

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Two users whose refusals the store keeps in one place are told both.
func TestRefusalsOfOneSlot(t *testing.T) {
	t.Parallel()
	b := New(Config{AccessToken: "token", PhoneNumberID: "1", Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = b.Shutdown(t.Context()) }) // nothing runs that could fail
	bySlot := make(map[string]string)
	var pair []string
	for n := 0; pair == nil; n++ {
		user := fmt.Sprint(15550000000 + n)
		if other, ok := bySlot[refusalKey(user)]; ok {
			pair = []string{other, user}
		}
		bySlot[refusalKey(user)] = user
	}
	told := func(user, id string) bool {
		return b.isTold(t.Context(), b.newMessage(b.line, []arrival{{event: &webhook.Message{ID: id, User: webhook.User{Phone: user}}}}))
	}
	if told(pair[0], "a") || !told(pair[0], "b") {
		t.Error("one user is not told once")
	}
	if told(pair[1], "c") || !told(pair[1], "d") {
		t.Error("the other user is not told once")
	}
}
