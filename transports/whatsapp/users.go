package whatsapp

import (
	"sync"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxAliases is how many names of users are remembered.
const maxAliases = 1 << 17

// users knows under which key the conversation of a user is kept. A user may be known by number in one event and
// by business-scoped id in the next; events that carry both tell that they are the same.
//
// It is safe for concurrent use.
type users struct {
	mu   sync.Mutex
	keys map[string]string
	old  map[string]string // the generation before: names that were not used since are forgotten
}

func newUsers() *users { return &users{keys: map[string]string{}} }

// key returns the key of a user: that of a name that is already known, else the most lasting name.
func (u *users) key(user webhook.User) string {
	names := user.Keys()
	if len(names) == 0 {
		return "unknown"
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := names[0]
	for _, n := range names {
		if k, ok := u.lookup(n); ok {
			key = k
			break
		}
	}
	if len(u.keys) >= maxAliases {
		u.old, u.keys = u.keys, map[string]string{}
	}
	for _, n := range names {
		u.keys[n] = key
	}
	return key
}

func (u *users) lookup(name string) (string, bool) {
	if k, ok := u.keys[name]; ok {
		return k, true
	}
	k, ok := u.old[name]
	return k, ok
}
