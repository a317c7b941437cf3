package whatsapp

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// When as many users are answered as there is room for, others come again later. Those who are being answered may write
// on, and what comes once more needs no room.
func TestAFloodOfUsers(t *testing.T) {
	t.Parallel()
	b := New(Config{AccessToken: "token", PhoneNumberID: "1", Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = b.Shutdown(t.Context()) }) // nothing runs that could fail
	j, err := journal.Open(t.Context(), nil, "", b.log)
	if err != nil {
		t.Fatal(err)
	}
	offerOf := func(n int, id string) *offer {
		u := webhook.User{Phone: fmt.Sprint(15550000000 + n)}
		return &offer{line: b.line, user: b.line.users.id(u), arrival: arrival{event: &webhook.Message{ID: id, User: u}, at: time.Now(), id: id}}
	}
	again := offerOf(-1, "again")
	item, err := again.item()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Accept([]journal.Item{item}); err != nil {
		t.Fatal(err)
	}
	for n := range maxInboxes - 1 {
		b.inboxes[offerOf(n, "").user] = &inbox{}
	}
	room, err := b.admit(j, []*offer{offerOf(0, "known"), offerOf(maxInboxes, "last"), offerOf(maxInboxes, "last, once more"), offerOf(maxInboxes+1, "late"), again})
	if !errors.Is(err, errBusy) {
		t.Errorf("error %v, want %v", err, errBusy)
	}
	var got []string
	for _, o := range room {
		got = append(got, o.id)
	}
	if want := "[known last last, once more again]"; fmt.Sprint(got) != want {
		t.Errorf("there is room for %v, want %v", got, want)
	}
	clear(b.inboxes)
}
