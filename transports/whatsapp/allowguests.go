package whatsapp

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// guests knows who may use the bot: who is on the list of allowed users, and under which other names. A user may be
// listed by number and come by business-scoped id alone, or the reverse; events that carry both tell that they are the same.
//
// It is safe for concurrent use.
type guests struct {
	list allowList

	mu      sync.Mutex
	known   map[string]guest  // the names of users, by the entry of the list that allows them
	entries map[string]string // from a name that is not on the list to such an entry
	changed map[string]bool   // entries of which the store does not know what is known
	storing bool              // Bot.storeGuests runs
	writes  int               // how often the store took a change

	reading sync.Mutex // guards what follows, while the store is read
	loaded  bool       // it was
	due     time.Time  // when it is tried again, after a failure
}

// guest is a user who is allowed, as last seen, and as stored.
type guest struct {
	Phone  string `json:"phone,omitempty"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
}

func newGuests(entries []string) *guests {
	return &guests{
		list: newAllowList(entries), known: make(map[string]guest), entries: make(map[string]string), changed: make(map[string]bool),
	}
}

func (g guest) keys() []string {
	return webhook.User{Phone: g.Phone, WaID: g.WaID, UserID: g.UserID}.Keys()
}

// numbered reports whether a user comes by one of the guest's numbers.
func (g guest) numbered(u webhook.User) bool {
	return slices.ContainsFunc([]string{u.Phone, u.WaID}, func(n string) bool { return n != "" && (n == g.Phone || n == g.WaID) })
}

// agrees reports whether nothing of a user tells that it is somebody else, such as one who got the number since.
func (g guest) agrees(u webhook.User) bool {
	return (u.UserID == "" || g.UserID == "" || u.UserID == g.UserID) && (u.Phone == "" && u.WaID == "" || g.numbered(u))
}

// with adds what an event tells of the guest. Where they differ, the event is newer.
func (g guest) with(u webhook.User) guest {
	if u.UserID != "" {
		g.UserID = u.UserID
	}
	if (u.Phone != "" || u.WaID != "") && !g.numbered(u) {
		g.Phone, g.WaID = "", ""
	}
	if u.Phone != "" {
		g.Phone = u.Phone
	}
	if u.WaID != "" {
		g.WaID = u.WaID
	}
	return g
}

// allow reports whether a user may use the bot.
func (s *guests) allow(u webhook.User) bool {
	if len(s.list) == 0 || s.list.allows(u.Keys()...) {
		return true
	}
	u.Phone, u.WaID = webhook.Digits(u.Phone), webhook.Digits(u.WaID) // who is to be called may be written otherwise
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(u.Keys(), func(k string) bool {
		entry, ok := s.entries[k]
		return ok && s.known[entry].agrees(u)
	})
}

// meet learns from an event of Meta's who a user is, and reports whether that is news for the store.
func (s *guests) meet(u webhook.User) bool {
	if len(s.list) == 0 {
		return false
	}
	keys := u.Keys()
	if len(keys) < 2 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	news := false
	for _, k := range keys {
		if s.list[k] {
			old, had := s.known[k]
			if next := old.with(u); !had || next != old {
				s.put(k, next)
				s.changed[k], news = true, true
			}
			continue
		}
		if entry, ok := s.entries[k]; ok && !s.list.allows(keys...) && !s.known[entry].agrees(u) {
			s.drop(entry) // the name has another owner, or the owner another number
			s.changed[entry], news = true, true
		}
	}
	return news
}

// put needs the lock.
func (s *guests) put(entry string, g guest) {
	s.drop(entry)
	s.known[entry] = g
	for _, k := range g.keys() {
		if !s.list[k] {
			s.entries[k] = entry
		}
	}
}

// drop needs the lock.
func (s *guests) drop(entry string) {
	for _, k := range s.known[entry].keys() {
		if s.entries[k] == entry {
			delete(s.entries, k)
		}
	}
	delete(s.known, entry)
}

// merge takes over what the store held after so many changes of this bot, but for what is newer here. It reports false if
// there was one more since. Entries that are not on the list are passed over.
func (s *guests) merge(stored map[string]guest, writes int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes != writes {
		return false
	}
	for entry, g := range stored {
		if s.list[entry] && !s.changed[entry] && slices.Contains(g.keys(), entry) {
			s.put(entry, g)
		}
	}
	for _, entry := range slices.Collect(maps.Keys(s.known)) {
		if _, ok := stored[entry]; !ok && !s.changed[entry] {
			s.drop(entry) // another bot has learned that it is not so any more
		}
	}
	return true
}
