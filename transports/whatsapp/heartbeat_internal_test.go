package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// heart is a pulse in virtual time that counts what it gives.
type heart struct {
	*pulse
	given []contact
	at    []time.Duration // since the start
	busy  atomic.Bool
	log   strings.Builder
	quit  chan struct{}
	done  chan struct{}
}

// startHeart beats every hour, as one process does. stop ends that process.
func startHeart(store services.Store, named string) *heart {
	h := &heart{quit: make(chan struct{}), done: make(chan struct{})}
	began := time.Now()
	h.pulse = &pulse{
		cfg: Heartbeat{Period: time.Hour}, log: slog.New(slog.NewTextHandler(&h.log, nil)),
		recipient: newRecipient(store, named), margin: time.Minute,
		allowed: func(u webhook.User) bool { return u.Keys()[0] != "666" },
		beat: func(to contact) bool {
			if h.busy.Load() {
				return false
			}
			h.given, h.at = append(h.given, to), append(h.at, time.Since(began).Round(time.Minute))
			return true
		},
	}
	go func() { // ends with stop
		defer close(h.done)
		h.run(context.Background(), h.quit)
	}()
	synctest.Wait()
	return h
}

func (h *heart) stop() {
	close(h.quit)
	<-h.done
}

// after lets time pass, and a little more.
func after(d time.Duration) {
	time.Sleep(d + time.Second)
	synctest.Wait()
}

func phone(number string) contact { return contact{User: webhook.User{Phone: number}} }

func TestNoHeartbeatBeforeAnybodyWrote(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "")
		defer h.stop()
		after(5 * time.Hour)
		if len(h.given) != 0 || h.closures.Load() != 1 || h.health().Closed != closedNobody || strings.Count(h.log.String(), "no heartbeats") != 1 {
			t.Errorf("%d beats, %d closures; want none and one:\n%s", len(h.given), h.closures.Load(), h.log.String())
		}
		h.hear(phone("777"), false, time.Time{})
		after(time.Hour)
		if len(h.given) != 0 {
			t.Error("a caller became the recipient; it is the first who writes")
		}
		h.hear(phone("111"), true, time.Time{})
		h.hear(phone("222"), true, time.Time{})
		after(2 * time.Hour)
		if len(h.given) != 2 || h.given[1].User.Phone != "111" {
			t.Errorf("given %v; want two for the first sender", h.given)
		}
		if got := h.health(); got.Recipient != "…111" || got.Closed != "" || got.Given != 2 || got.PeriodSeconds != 3600 {
			t.Errorf("health %+v", got)
		}
	})
}

// A webhook that was on its way for a day does not open the 24 hours anew.
func TestALateWebhookBringsNoHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "")
		defer h.stop()
		h.hear(phone("111"), true, time.Now().Add(-25*time.Hour))
		after(3 * time.Hour)
		if len(h.given) != 0 {
			t.Errorf("%d beats after a message that came a day late", len(h.given))
		}
		h.hear(phone("111"), true, time.Now().Add(time.Hour)) // Meta's clock may be ahead
		after(time.Hour)
		if _, heard := h.recipient.current(); len(h.given) != 1 || heard.After(time.Now()) {
			t.Errorf("%d beats, heard %v", len(h.given), heard)
		}
	})
}

func TestHeartbeatsEndWithTheDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "+1 (1) 1")
		defer h.stop()
		h.hear(contact{User: webhook.User{Phone: "111", UserID: "US.1"}, Number: "200"}, true, time.Time{})
		after(40 * time.Hour)
		// The answer to the 24th would come after the day.
		if len(h.given) != 23 || h.closures.Load() != 1 {
			t.Fatalf("%d beats and %d closures within 40 h, want 23 and 1", len(h.given), h.closures.Load())
		}
		if to := h.given[22]; to.User.UserID != "US.1" || to.Number != "200" {
			t.Errorf("given to %+v", to)
		}
		h.hear(contact{User: webhook.User{UserID: "US.1"}}, false, time.Time{}) // calls, under the other name
		after(30 * time.Hour)
		if len(h.given) != 46 || h.closures.Load() != 2 || h.health().Closed != closedSilent {
			t.Errorf("%d beats and %d closures after a call, want 46 and 2; %q", len(h.given), h.closures.Load(), h.health().Closed)
		}
	})
}

func TestTheRecipientAndTheDaySurviveARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		first := startHeart(store, "")
		first.hear(phone("111"), true, time.Time{})
		after(30 * time.Minute)
		first.hear(contact{User: webhook.User{Phone: "111", UserID: "US.1"}}, true, time.Time{})
		first.stop()
		for _, run := range []struct {
			stay   time.Duration
			want   int
			closed string
		}{{12 * time.Hour, 12, ""}, {20 * time.Hour, 11, closedSilent}, {3 * time.Hour, 0, closedSilent}} {
			h := startHeart(store, "")
			h.hear(phone("222"), true, time.Time{}) // somebody else is the first in this run
			after(run.stay)
			h.stop()
			if len(h.given) != run.want || h.health().Closed != run.closed {
				t.Errorf("%d beats in a run of %v, want %d; closed %q", len(h.given), run.stay, run.want, h.health().Closed)
			}
			for _, to := range h.given {
				if to.User.Phone != "111" || to.User.UserID != "US.1" {
					t.Errorf("given to %+v", to.User)
				}
			}
		}
		named := startHeart(store, "222")
		defer named.stop()
		named.hear(phone("111"), true, time.Time{})
		named.hear(phone("222"), true, time.Time{})
		after(time.Hour)
		if len(named.given) != 1 || named.given[0].User.Phone != "222" {
			t.Errorf("given %+v, want one for the new recipient", named.given)
		}
	})
}

// What is known of the recipient is stored when the bot ends, to the second.
func TestTheLastSignOfTheRecipientIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		h := startHeart(store, "")
		h.hear(phone("111"), true, time.Time{})
		synctest.Wait()
		time.Sleep(contactPeriod / 2)
		h.hear(phone("111"), true, time.Time{})
		want := time.Now()
		h.stop()
		next := startHeart(store, "")
		defer next.stop()
		if _, heard := next.recipient.current(); !heard.Equal(want) {
			t.Errorf("heard at %v, want %v", heard, want)
		}
	})
}

// A message that was on its way for long does not shorten the 24 hours that a newer one has opened.
func TestTheNewestSignOfTheRecipientCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "")
		defer h.stop()
		h.hear(phone("111"), true, time.Time{})
		h.hear(phone("111"), true, time.Now().Add(-20*time.Hour))
		after(30 * time.Hour)
		if len(h.given) != 23 {
			t.Errorf("%d beats, want 23", len(h.given))
		}
	})
}

func TestABeatIsLeftOutWhileTheLastIsAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "")
		defer h.stop()
		h.hear(phone("111"), true, time.Time{})
		after(time.Hour)
		h.busy.Store(true)
		after(2 * time.Hour)
		h.busy.Store(false)
		after(time.Hour)
		if len(h.given) != 2 || h.skipped.Load() != 2 || h.at[1] != 4*time.Hour {
			t.Errorf("given at %v, %d skipped", h.at, h.skipped.Load())
		}
	})
}

func TestNodesShareTheBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		a := startHeart(store, "")
		defer a.stop()
		time.Sleep(20 * time.Minute)
		b := startHeart(store, "")
		defer b.stop()
		b.hear(phone("111"), true, time.Time{})
		after(10 * time.Hour)
		a.hear(phone("222"), true, time.Time{}) // knows already who was first
		after(10 * time.Hour)
		if n := len(a.given) + len(b.given); n != 20 {
			t.Errorf("%d and %d beats in 20 h, want 20 together", len(a.given), len(b.given))
		}
		for _, to := range append(a.given, b.given...) {
			if to.User.Phone != "111" {
				t.Errorf("given to %v", to.User.Phone)
			}
		}
	})
}

func TestARecipientWhoMayNotIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := startHeart(memory.New(), "666")
		defer h.stop()
		after(time.Hour)
		h.hear(phone("666"), true, time.Time{})
		after(2 * time.Hour)
		if len(h.given) != 0 || h.health().Closed == "" {
			t.Errorf("given %v, %+v", h.given, h.health())
		}
	})
}

// faultyStore fails as long as it is told to.
type faultyStore struct {
	services.Store
	broken atomic.Bool
}

func (s *faultyStore) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if s.broken.Load() {
		return nil, 0, errors.New("the disk is gone")
	}
	return s.Store.Get(ctx, key)
}

func TestHeartbeatsWaitForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &faultyStore{Store: memory.New()}
		value, err := json.Marshal(recipientRecord{Phone: "111", Heard: time.Now().UTC()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Put(t.Context(), recipientKey, value, 0); err != nil {
			t.Fatal(err)
		}
		store.broken.Store(true)
		h := startHeart(store, "")
		defer h.stop()
		h.hear(phone("222"), true, time.Time{})
		after(2 * time.Hour)
		if len(h.given) != 0 || !strings.Contains(h.log.String(), "the disk is gone") {
			t.Errorf("given %v:\n%s", h.given, h.log.String())
		}
		store.broken.Store(false)
		after(time.Hour)
		if len(h.given) != 1 || h.given[0].User.Phone != "111" {
			t.Errorf("given %v, want one for the stored recipient", h.given)
		}
	})
}

func TestADamagedRecipientIsNotOverwritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		if _, err := store.Put(t.Context(), recipientKey, []byte("{"), 0); err != nil {
			t.Fatal(err)
		}
		h := startHeart(store, "")
		h.hear(phone("111"), true, time.Time{})
		after(time.Hour)
		h.stop()
		value, _, err := store.Get(t.Context(), recipientKey)
		if err != nil || string(value) != "{" || !strings.Contains(h.log.String(), "delete it") {
			t.Errorf("stored %q, %v:\n%s", value, err, h.log.String())
		}
	})
}
