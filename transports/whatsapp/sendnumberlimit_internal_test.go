package whatsapp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However long Meta wants a number to be silent, a minute later one message is tried, and the others only when it was taken.
func TestOneMessageIsTriedBehindAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const users, refusals = 20, 3
		m := &metaInVirtualTime{delay: 100 * time.Millisecond} // while others could be sent
		m.refuse = func(n int) (int, http.Header, string) {
			if n < refusals {
				return 429, http.Header{"Retry-After": {"99999"}}, `{"error":{"code":130429,"message":"limit"}}`
			}
			return 0, nil, ""
		}
		o := m.outbox(0, 80)
		var wg sync.WaitGroup
		send := func(i int) {
			if err := say(t.Context(), o, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		}
		wg.Go(func() { send(0) })
		time.Sleep(time.Second)
		for i := 1; i < users; i++ {
			wg.Go(func() { send(i) })
		}
		time.Sleep(time.Second)
		if s := o.state(); s.waiting != users || s.limited != 1 || s.until.Sub(m.began) != maxNumberPause+m.delay {
			t.Errorf("after a second: %+v", s)
		}
		wg.Wait()
		if len(m.at) != users+refusals {
			t.Fatalf("%d requests, want %d", len(m.at), users+refusals)
		}
		slices.Sort(m.at)
		tries := m.at[:refusals+1]
		for i, at := range tries {
			if early, late := time.Duration(i)*maxNumberPause, time.Duration(i)*(maxNumberPause+time.Second); at < early || at > late {
				t.Errorf("try %d was sent after %v", i, at)
			}
		}
		for i := refusals + 1; i < len(m.at); i++ {
			if m.at[i] < tries[refusals]+100*time.Millisecond {
				t.Errorf("message %d was sent %v after the one that was tried", i, m.at[i]-tries[refusals])
			}
			// Eight at once, as ever, and then 72 in a second.
			if i > refusals+1+8 && m.at[i] == m.at[i-1] {
				t.Errorf("the messages behind a pause are not paced: two after %v", m.at[i])
			}
		}
		if s := o.state(); s.waiting != 0 || s.limited != refusals || !s.until.IsZero() {
			t.Errorf("in the end: %+v", s)
		}
	})
}

// One that is tried and given up lets the next one try; so does one that Meta refuses for itself.
func TestWhoGivesUpLetsTheNextOneTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		m.refuse = func(n int) (int, http.Header, string) {
			switch n {
			case 0:
				return 429, http.Header{"Retry-After": {"3"}}, `{"error":{"code":130429}}`
			case 1:
				return -1, nil, "" // nobody knows
			case 2:
				return 400, nil, `{"error":{"code":131026}}`
			}
			return 0, nil, ""
		}
		o := m.outbox(0, 0)
		failed := 0
		for i := range 3 {
			if err := say(t.Context(), o, fmt.Sprint(i)); err != nil {
				failed++
			}
		}
		if o.number.limited() || o.number.probe != nil || failed != 2 || len(m.at) != 4 {
			t.Errorf("%d failed of %d: %+v", failed, len(m.at), o.number)
		}
		m.refuse = func(int) (int, http.Header, string) { return 429, nil, `{"error":{"code":4}}` }
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				if err := say(ctx, o, fmt.Sprint(i)); err == nil {
					t.Error("it was sent")
				}
			})
		}
		wg.Wait()
		if o.number.probe != nil || o.state().waiting != 0 {
			t.Errorf("in the end: %+v", o.number)
		}
	})
}

// What was on its way when Meta refused a message says nothing of what comes behind the pause.
func TestOnlyWhatIsSentBehindAPauseLiftsIt(t *testing.T) {
	t.Parallel()
	began := time.Now()
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	var n numberLimit
	if !n.refuse(at(1), 2*time.Second) || n.refuse(at(1), 2*time.Second) || n.refusals != 1 || n.wait(at(1)) != 2*time.Second {
		t.Errorf("two at once: %+v", n)
	}
	n.lift(at(0))
	if !n.limited() {
		t.Error("a message of before the refusal lifts the pause")
	}
	n.lift(at(3))
	if n.limited() {
		t.Error("a message behind the pause does not lift it")
	}
	for i, want := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		now := n.pause
		n.refuse(now, 0)
		if got := n.wait(now); got != time.Duration(want)*time.Second {
			t.Errorf("pause %d is %v, want %d s", i, got, want)
		}
		if until, is := n.tell(now, 1); is != (i >= 3) || is && !until.Equal(n.pause) { // 15 s since the first
			t.Errorf("pause %d is told: %v", i, is)
		}
	}
	if _, is := n.tell(n.pause, 0); is {
		t.Error("a pause that is over is told, and nobody waits")
	}
}

// Meta may not silence the bot towards a user for longer than a whole burst costs.
func TestAPairIsNotSilentForHours(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for asked, want := range map[time.Duration]time.Duration{7 * time.Second: 7 * time.Second, time.Hour: 270 * time.Second} {
		l := pairLimit{pause: defaultPairPause}
		if got := l.refuse(now, asked); got != want || l.wait(now) != want {
			t.Errorf("asked for %v: waits %v and %v, want %v", asked, got, l.wait(now), want)
		}
	}
}
