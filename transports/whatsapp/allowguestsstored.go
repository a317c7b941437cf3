package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// guestsKey is where the conversations' store keeps the names of allowed users, of all bots that share it.
	guestsKey = "whatsapp-guests"
	// guestsLimit bounds what a change may wait for the store, and guestsPause is the time before the next try.
	guestsLimit = 10 * time.Second
	guestsPause = 5 * time.Second
	// readGuestsLimit bounds what a webhook waits for what is stored, and after readGuestsRest that is tried again if it failed.
	readGuestsLimit = time.Second
	readGuestsRest  = 10 * time.Second
)

// keepsGuests reports whether there is something to keep over a restart, and where.
func (b *Bot) keepsGuests() bool {
	return len(b.guests.list) > 0 && services.Persists(b.book.Store())
}

// meet learns who a user is, before it is looked at whether that one is allowed.
func (b *Bot) meet(u webhook.User) {
	if b.guests.meet(u) && b.keepsGuests() {
		b.guests.mu.Lock()
		begin := !b.guests.storing
		b.guests.storing = true
		b.guests.mu.Unlock()
		b.mu.Lock()
		if begin && !b.closed {
			b.wg.Go(b.storeGuests) // ends when the store has it, or with the bot
		}
		b.mu.Unlock()
	}
	if !b.guests.allow(u) {
		b.readGuests()
	}
}

// readGuests reads what earlier processes have learned, and what other bots on the store have since. It does not fail:
// whoever is not known to be allowed is refused, until the store can be read.
func (b *Bot) readGuests() {
	if !b.keepsGuests() {
		return
	}
	s := b.guests
	s.reading.Lock() // so that nobody is refused for what is just being read
	defer s.reading.Unlock()
	if s.loaded && !services.Shares(b.book.Store()) || time.Now().Before(s.due) {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, readGuestsLimit)
	defer cancel()
	s.mu.Lock()
	writes := s.writes
	s.mu.Unlock()
	stored, _, err := b.loadGuests(ctx)
	if err != nil {
		s.due = time.Now().Add(readGuestsRest)
		b.log.Warn("the other names of allowed users cannot be read", "err", err)
		return
	}
	s.loaded = s.merge(stored, writes) || s.loaded
}

// loadGuests reads what is stored. What is damaged is told and counts as nothing, since events will tell it anew.
func (b *Bot) loadGuests(ctx context.Context) (stored map[string]guest, revision uint64, err error) {
	value, revision, err := b.book.Store().Get(ctx, guestsKey)
	if errors.Is(err, services.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if err := json.Unmarshal(value, &stored); err != nil {
		b.log.Error("what is stored of the names of allowed users is damaged and is learned anew: those who are listed by "+
			"number may be refused until they come with it", "key", guestsKey, "err", err)
		return nil, revision, nil
	}
	return stored, revision, nil
}

// storeGuests stores what was learned, however long the store fails.
func (b *Bot) storeGuests() {
	for told := false; ; {
		more, err := b.changeGuests()
		if err == nil && !more {
			return
		}
		if err == nil {
			continue
		}
		if !told {
			b.log.Warn("the names of an allowed user cannot be stored yet; a restart before that forgets them", "err", err)
			told = true
		}
		select {
		case <-time.After(guestsPause):
		case <-b.closing:
			return
		}
	}
}

// changeGuests stores what was learned until now, and reports whether there is more. It ends the storing if there is not.
func (b *Bot) changeGuests() (more bool, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, guestsLimit)
	defer cancel()
	s := b.guests
	s.mu.Lock()
	changed := maps.Clone(s.changed)
	if s.storing = len(changed) > 0; !s.storing {
		s.mu.Unlock()
		return false, nil
	}
	s.mu.Unlock()
	for {
		stored, revision, err := b.loadGuests(ctx)
		if err != nil {
			return true, err
		}
		next := make(map[string]guest)
		s.mu.Lock()
		for entry, g := range stored {
			if s.list[entry] && !changed[entry] {
				next[entry] = g
			}
		}
		was := make(map[string]guest)
		for entry := range changed {
			if g, ok := s.known[entry]; ok {
				next[entry], was[entry] = g, g
			}
		}
		s.mu.Unlock()
		value, err := json.Marshal(next)
		if err != nil {
			return true, err
		}
		switch _, err = b.book.Store().Put(ctx, guestsKey, value, revision); {
		case errors.Is(err, services.ErrConflict):
			continue
		case err != nil:
			return true, err
		}
		s.mu.Lock()
		s.writes++
		for entry := range changed {
			if s.known[entry] == was[entry] {
				delete(s.changed, entry)
			}
		}
		s.mu.Unlock()
		return true, nil
	}
}
