package whatsapp

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// visitor enters in the name of a user and tells when it is inside, until the test lets it leave.
type visitor struct{ leave chan struct{} }

func enter(ctx context.Context, t *testing.T, places *turnstile, user string, inside *[]string) visitor {
	t.Helper()
	v := visitor{leave: make(chan struct{})}
	go func() { // ends with leave or ctx
		leave, err := places.enter(ctx, user)
		if err != nil {
			*inside = append(*inside, user+" gave up: "+err.Error())
			return
		}
		*inside = append(*inside, user)
		<-v.leave
		leave()
	}()
	synctest.Wait()
	return v
}

// One user's many files leave room for others, and are read in their order.
func TestTurnstileIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := newTurnstile(2, 1, 0)
		var inside []string
		first := enter(t.Context(), t, places, "ada", &inside)
		second := enter(t.Context(), t, places, "ada", &inside)
		third := enter(t.Context(), t, places, "ada", &inside)
		bob := enter(t.Context(), t, places, "bob", &inside)
		eve := enter(t.Context(), t, places, "eve", &inside)
		check := func(want ...string) {
			t.Helper()
			if synctest.Wait(); !slices.Equal(inside, want) {
				t.Fatalf("inside were %q, want %q", inside, want)
			}
		}
		check("ada", "bob")
		close(bob.leave)
		check("ada", "bob", "eve")
		close(first.leave)
		check("ada", "bob", "eve", "ada")
		close(second.leave)
		check("ada", "bob", "eve", "ada", "ada")
		close(third.leave)
		close(eve.leave)
		synctest.Wait()
		if places.free != 2 || len(places.inside) != 0 || len(places.waiting) != 0 {
			t.Errorf("left behind: %d free, %v inside, %d waiting", places.free, places.inside, len(places.waiting))
		}
	})
}

// Users whose files take long wait for each other; nobody else waits for them, and they are forgiven.
func TestTurnstileKeepsRoomFromTheSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := newTurnstile(2, 1, 1)
		for _, user := range []string{"mallory", "mallet"} {
			places.tookLong(user, slowReading)
		}
		var inside []string
		a := enter(t.Context(), t, places, "mallory", &inside)
		b := enter(t.Context(), t, places, "mallet", &inside)
		c := enter(t.Context(), t, places, "ada", &inside)
		close(c.leave)
		synctest.Wait()
		if want := []string{"mallory", "ada"}; !slices.Equal(inside, want) {
			t.Fatalf("inside were %q, want %q", inside, want)
		}
		close(a.leave)
		synctest.Wait()
		if want := []string{"mallory", "ada", "mallet"}; !slices.Equal(inside, want) {
			t.Fatalf("inside were %q, want %q", inside, want)
		}
		places.tookLong("mallory", time.Millisecond) // forgiven
		d := enter(t.Context(), t, places, "mallory", &inside)
		if len(inside) != 4 {
			t.Errorf("a user whose last file was quick still waits: %q", inside)
		}
		close(b.leave)
		close(d.leave)
		time.Sleep(2 * slowFor)
		places.tookLong("another", slowReading)
		if len(places.slow) != 1 {
			t.Errorf("%d slow users are remembered, want 1", len(places.slow))
		}
	})
}

// Who gives up does not keep a place, whether it was granted or not.
func TestTurnstileIsLeftWhenTheTurnEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := newTurnstile(1, 1, 0)
		var inside []string
		ctx, cancel := context.WithCancelCause(t.Context())
		first := enter(t.Context(), t, places, "ada", &inside)
		enter(ctx, t, places, "bob", &inside)
		cancel(errors.New("too late"))
		synctest.Wait()
		close(first.leave)
		last := enter(t.Context(), t, places, "eve", &inside)
		if want := []string{"ada", "bob gave up: too late", "eve"}; !slices.Equal(inside, want) {
			t.Errorf("%q, want %q", inside, want)
		}
		close(last.leave)
		for range 100 { // granted and given up at the same moment
			if leave, err := places.enter(ctx, "bob"); err == nil {
				leave()
			}
		}
		synctest.Wait()
		if places.free != 1 || len(places.inside) != 0 || len(places.waiting) != 0 {
			t.Errorf("left behind: %d free, %v inside, %d waiting", places.free, places.inside, len(places.waiting))
		}
	})
}
