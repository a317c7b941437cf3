package whatsapp

import (
	"context"
	"sync"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxAliases is how many names of users are remembered at least.
const maxAliases = 1 << 17

// users knows who is who. A user may be known by number in one event and by business-scoped id in the next; events
// that carry both tell that they are the same.
//
// It is safe for concurrent use.
type users struct {
	prefix string // of all names: tells the users of one line from those of another

	mu  sync.Mutex
	ids names // from any name of a user to the one that stands for all
	// talks is from that name to the key of the conversation.
	talks names
}

func newUsers(prefix string) *users { return &users{prefix: prefix} }

// keys are the names of a user, the most lasting first.
func (u *users) keys(user webhook.User) []string {
	keys := user.Keys()
	for i := range keys {
		keys[i] = u.prefix + keys[i]
	}
	return keys
}

// id returns the name that stands for a user: that of a name which is already known, else the most lasting one.
func (u *users) id(user webhook.User) string {
	known := u.keys(user)
	if len(known) == 0 {
		return u.prefix + "unknown"
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	id := known[0]
	for _, n := range known {
		if v, ok := u.ids.get(n); ok {
			id = v
			break
		}
	}
	for _, n := range known {
		u.ids.put(n, id)
	}
	return id
}

// join tells that a name, without the prefix, stood for a user in an earlier process.
func (u *users) join(name string, user webhook.User) {
	u.mu.Lock()
	defer u.mu.Unlock()
	id := u.prefix + name
	if known, ok := u.ids.get(id); ok {
		id = known
	}
	for _, n := range append(u.keys(user), u.prefix+name) {
		if _, ok := u.ids.get(n); !ok {
			u.ids.put(n, id)
		}
	}
}

// open opens the conversation with a user. It is kept under the business-scoped id, unless there is one from earlier
// under the number: before ids existed, or when they were not told.
func (u *users) open(ctx context.Context, book *conversation.Book, user webhook.User) (*conversation.Conversation, error) {
	id := u.id(user)
	u.mu.Lock()
	key, ok := u.talks.get(id)
	u.mu.Unlock()
	if ok {
		return book.Open(ctx, key)
	}
	first, err := book.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	chosen := first
	for _, name := range u.keys(user) {
		if len(chosen.Snapshot().Messages) > 0 {
			break
		}
		other, err := book.Open(ctx, name)
		if err != nil {
			return nil, err
		}
		if len(other.Snapshot().Messages) > 0 {
			chosen = other
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.talks.put(id, chosen.Key())
	return chosen, nil
}

// names is a map that forgets what was not used since so many others were. Its zero value is ready for use.
type names struct{ young, old map[string]string }

func (n *names) get(name string) (string, bool) {
	if v, ok := n.young[name]; ok {
		return v, true
	}
	v, ok := n.old[name]
	return v, ok
}

func (n *names) put(name, value string) {
	if n.young == nil || len(n.young) >= maxAliases {
		n.old, n.young = n.young, make(map[string]string)
	}
	n.young[name] = value
}
