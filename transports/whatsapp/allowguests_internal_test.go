package whatsapp

import (
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

func TestWhoIsKnownToBeAllowed(t *testing.T) {
	t.Parallel()
	type user = webhook.User
	for _, tt := range []struct {
		name string
		list []string
		met  []user
		is   []user // allowed then
		not  []user
	}{
		{"nobody was met", []string{"+1 555 1"}, nil, []user{{Phone: "15551"}, {WaID: "15551"}, {UserID: "US.9", Phone: "15551"}}, []user{{UserID: "US.1"}, {}}},
		{"everybody", nil, []user{{UserID: "US.1", Phone: "15551"}}, []user{{UserID: "US.2"}, {}}, nil},
		{"by number, comes by id", []string{"+1 555 1"}, []user{{UserID: "US.1", Phone: "15551"}}, []user{{UserID: "US.1"}}, []user{{UserID: "US.2"}}},
		{"by id, comes by number", []string{"US.1"}, []user{{UserID: "US.1", Phone: "15551", WaID: "15551"}}, []user{{Phone: "15551"}, {WaID: "15551"}, {Phone: "+1 555 1"}}, []user{{Phone: "15552"}}},
		{"a stranger is not learned", []string{"15559"}, []user{{UserID: "US.1", Phone: "15551"}}, nil, []user{{UserID: "US.1"}, {Phone: "15551"}}},
		{"two ways to write a number", []string{"5491"}, []user{{UserID: "AR.1", Phone: "541", WaID: "5491"}}, []user{{UserID: "AR.1", Phone: "541"}, {Phone: "541"}}, []user{{UserID: "AR.1", Phone: "542"}}},
		{"the number has another owner", []string{"15551"}, []user{{UserID: "US.1", Phone: "15551"}, {UserID: "US.2", Phone: "15551"}}, []user{{UserID: "US.2"}, {Phone: "15551"}}, []user{{UserID: "US.1"}}},
		{"the user has another number", []string{"15551"}, []user{{UserID: "US.1", Phone: "15551"}, {UserID: "US.1", Phone: "15552"}}, []user{{Phone: "15551"}}, []user{{UserID: "US.1"}, {UserID: "US.1", Phone: "15552"}}},
		{"at once with another number", []string{"15551"}, []user{{UserID: "US.1", Phone: "15551"}}, nil, []user{{UserID: "US.1", Phone: "15552"}, {UserID: "US.1", WaID: "15552"}}},
		{"the user of an id has another number", []string{"US.1"}, []user{{UserID: "US.1", Phone: "15551", WaID: "15551"}, {UserID: "US.1", Phone: "15552"}}, []user{{Phone: "15552"}}, []user{{Phone: "15551"}}},
		{"the number of an id has another owner", []string{"US.1"}, []user{{UserID: "US.1", Phone: "15551"}, {UserID: "US.2", Phone: "15551"}}, []user{{UserID: "US.1"}}, []user{{Phone: "15551"}, {UserID: "US.2"}}},
		{"both are listed", []string{"US.1", "15551"}, []user{{UserID: "US.1", Phone: "15551"}}, []user{{UserID: "US.1"}, {Phone: "15551"}}, []user{{UserID: "US.2"}}},
		{"a list of nonsense", []string{"-"}, []user{{UserID: "US.1", Phone: "15551"}}, nil, []user{{UserID: "US.1"}, {}}},
	} {
		g := newGuests(tt.list)
		for _, u := range tt.met {
			g.meet(u)
			if g.meet(u) {
				t.Errorf("%s: %+v is news twice", tt.name, u)
			}
		}
		for _, u := range tt.is {
			if !g.allow(u) {
				t.Errorf("%s: %+v is not allowed", tt.name, u)
			}
		}
		for _, u := range tt.not {
			if g.allow(u) {
				t.Errorf("%s: %+v is allowed", tt.name, u)
			}
		}
		if len(g.known) > len(g.list) || len(g.entries) > 2*len(g.list) {
			t.Errorf("%s: %d users and %d names are kept of a list of %d", tt.name, len(g.known), len(g.entries), len(g.list))
		}
	}
}

// What the store holds does not undo what is newer here, nor let in who is not on the list.
func TestWhatIsStoredOfGuests(t *testing.T) {
	t.Parallel()
	g := newGuests([]string{"15551", "15552", "15553"})
	g.meet(webhook.User{UserID: "US.new", Phone: "15551"}) // is not stored yet
	if g.merge(nil, 1) {
		t.Error("what was read before a change counts")
	}
	g.merge(map[string]guest{
		"15551": {UserID: "US.old", Phone: "15551"}, "15552": {UserID: "US.2", Phone: "15552"}, "15559": {UserID: "US.9", Phone: "15559"},
		"15553": {UserID: "US.3"},
	}, 0)
	for id, want := range map[string]bool{"US.new": true, "US.old": false, "US.2": true, "US.9": false, "US.3": false} {
		if got := g.allow(webhook.User{UserID: id}); got != want {
			t.Errorf("%s is allowed: %v", id, got)
		}
	}
	g.merge(map[string]guest{"15552": {UserID: "US.4", Phone: "15552"}}, 0)
	if g.allow(webhook.User{UserID: "US.2"}) || !g.allow(webhook.User{UserID: "US.4"}) || !g.allow(webhook.User{UserID: "US.new"}) {
		t.Error("another bot's news are not taken over")
	}
	if g.merge(nil, 0); g.allow(webhook.User{UserID: "US.4"}) {
		t.Error("another bot has learned that it is not so any more, and it is")
	}
}
