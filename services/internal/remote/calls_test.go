package remote_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services/internal/remote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errAway, errForGood = errors.New("away"), errors.New("for good")

func again(err error) bool { return errors.Is(err, errAway) }

func TestTriesUntilTheServerIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		err := remote.New(5*time.Second).Do(t.Context(), func(context.Context) error {
			if tries++; tries < 6 {
				return errAway
			}
			return nil
		}, again)
		if err != nil || tries != 6 {
			t.Errorf("%d tries: %v", tries, err)
		}
	})
}

func TestGivesUpInTime(t *testing.T) {
	silent := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, tt := range map[string]struct {
		try   func(context.Context) error
		limit time.Duration // of the caller; 0 for none
		after time.Duration
		kind  error
		says  string
	}{
		"away":             {func(context.Context) error { return errAway }, 0, 3 * time.Second, errAway, "tried for 3s: away"},
		"silent":           {silent, 0, 3 * time.Second, context.DeadlineExceeded, "no answer within 3s"},
		"callers deadline": {silent, time.Second, time.Second, context.DeadlineExceeded, "no answer within 1s"},
		"for good":         {func(context.Context) error { return errForGood }, 0, 0, errForGood, "for good"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, begun := t.Context(), time.Now()
				if tt.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				err := remote.New(3*time.Second).Do(ctx, tt.try, again)
				if !errors.Is(err, tt.kind) || err.Error() != tt.says || time.Since(begun) != tt.after {
					t.Errorf("after %v: %v", time.Since(begun), err)
				}
				if away := new(remote.Away); errors.As(err, &away) != (tt.after > 0) || tt.after > 0 && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %#v", err)
				}
			})
		})
	}
}

// TestASwallowedRequestIsTriedAgain has the first attempt get no answer at all, as if the server had died with it.
func TestASwallowedRequestIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		err := remote.New(3*time.Second).Do(t.Context(), func(ctx context.Context) error {
			if tries++; tries == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}, again)
		if err != nil || tries != 2 {
			t.Errorf("%d tries: %v", tries, err)
		}
	})
}

func TestCancelledCallsEndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		begun := time.Now()
		err := remote.New(time.Minute).Do(ctx, func(context.Context) error { return errAway }, again)
		if !errors.Is(err, context.Canceled) || time.Since(begun) != time.Millisecond {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		if err := remote.New(time.Minute).Do(ctx, nil, again); !errors.Is(err, context.Canceled) { // not even tried
			t.Error(err)
		}
	})
}

func TestCloseWaitsForCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := remote.New(time.Minute)
		done := false
		go c.Do(t.Context(), func(context.Context) error { // ends after a second
			time.Sleep(time.Second) // virtual
			done = true
			return nil
		}, again)
		synctest.Wait()
		if !c.Close() || !done {
			t.Error("Close did not wait for the call")
		}
		if c.Close() {
			t.Error("the second Close was first again")
		}
		if err := c.Do(t.Context(), nil, again); !errors.Is(err, remote.ErrClosed) {
			t.Error(err)
		}
	})
}
