package whatsapp

import (
	"sync"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxWishes bounds the calls that wait for a permission.
const maxWishes = 4096

// wish is a call that is placed when the user permits it.
type wish struct {
	line    *line
	user    webhook.User
	options callOptions
	expires time.Time
	request string // the id of the question
	stored  bool   // it is in the store, too
}

// wishes are the calls that wait for a permission, one for each user and number of the bot. They are safe for concurrent
// use.
type wishes struct {
	mu  sync.Mutex
	all map[string]wish
}

// wishKey names a user as the line knows them, whether by number or by id.
func wishKey(l *line, user webhook.User) string { return l.users.id(user) }

// add adds a wish, unless there is one already or there are too many, and reports which.
func (w *wishes) add(key string, v wish, now time.Time) (added, full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.all[key]; ok && now.Before(old.expires) {
		return false, false
	}
	if len(w.all) >= maxWishes {
		for k, old := range w.all {
			if !now.Before(old.expires) {
				delete(w.all, k)
			}
		}
	}
	if len(w.all) >= maxWishes {
		return false, true
	}
	if w.all == nil {
		w.all = make(map[string]wish)
	}
	w.all[key] = v
	return true, false
}

func (w *wishes) has(key string, now time.Time) bool {
	v, ok := w.get(key)
	return ok && now.Before(v.expires)
}

func (w *wishes) get(key string) (wish, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.all[key]
	return v, ok
}

// update changes a wish and reports whether it is still there.
func (w *wishes) update(key string, change func(*wish)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.all[key]
	if ok {
		change(&v)
		w.all[key] = v
	}
	return ok
}

// keyOf finds the wish that a question was asked for.
func (w *wishes) keyOf(request string) (key string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, v := range w.all {
		if v.request == request && request != "" {
			return k, true
		}
	}
	return "", false
}

// take returns a wish that has not expired, once.
func (w *wishes) take(key string, now time.Time) (wish, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.all[key]
	delete(w.all, key)
	return v, ok && now.Before(v.expires)
}
