package whatsapp

import (
	"context"
	"strconv"
	"testing"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

func TestUsersAreRecognised(t *testing.T) {
	t.Parallel()
	phone := webhook.User{Phone: "15559990000", WaID: "15559990000"}
	hidden := webhook.User{UserID: "US.1"}
	both := webhook.User{Phone: "15559990000", UserID: "US.1"}
	other := webhook.User{Phone: "15551112222", UserID: "US.2"}
	tests := []struct {
		name   string
		events []webhook.User
		want   []string
	}{
		{"number, then both, then hidden", []webhook.User{phone, both, hidden}, []string{"15559990000", "15559990000", "15559990000"}},
		{"both, then each", []webhook.User{both, phone, hidden}, []string{"US.1", "US.1", "US.1"}},
		{"hidden, then both, then number", []webhook.User{hidden, both, phone}, []string{"US.1", "US.1", "US.1"}},
		{"nothing joins them", []webhook.User{hidden, phone}, []string{"US.1", "15559990000"}},
		{"others are others", []webhook.User{both, other}, []string{"US.1", "US.2"}},
		{"nobody", []webhook.User{{}}, []string{"unknown"}},
		{"WhatsApp's form of a number differs", []webhook.User{{Phone: "5511987654321", WaID: "551187654321"}, {Phone: "551187654321"}},
			[]string{"5511987654321", "5511987654321"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := newUsers("")
			for i, e := range tt.events {
				if got := u.id(e); got != tt.want[i] {
					t.Errorf("event %d: %q, want %q", i, got, tt.want[i])
				}
			}
		})
	}
}

// A conversation from the time before business-scoped ids is found again, in another process too.
func TestConversationUnderTheNumberIsFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := memory.New()
	old, err := newUsers("").open(ctx, conversation.NewBook(store), webhook.User{Phone: "15559990000"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Append(ctx, services.Message{Role: services.User, Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	u, book := newUsers(""), conversation.NewBook(store)
	for _, user := range []webhook.User{{Phone: "15559990000", UserID: "US.1"}, {UserID: "US.1"}, {Phone: "15559990000"}} {
		c, err := u.open(ctx, book, user)
		if err != nil {
			t.Fatal(err)
		}
		if m := c.Snapshot().Messages; len(m) != 1 || m[0].Text != "hello" {
			t.Errorf("%v finds %v", user.Keys(), m)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	var n names
	n.put("kept", "x")
	for i := range maxAliases {
		n.put(strconv.Itoa(i), "y")
	}
	if v, ok := n.get("kept"); !ok || v != "x" {
		t.Error("a name was forgotten too early")
	}
	for i := range 2 * maxAliases {
		n.put("z"+strconv.Itoa(i), "y")
	}
	if len(n.young)+len(n.old) > 2*maxAliases {
		t.Errorf("%d names are kept", len(n.young)+len(n.old))
	}
}
