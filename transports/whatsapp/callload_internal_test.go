package whatsapp

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// Late lets packets have left late, for tests in the other package.
func (b *Bot) Late(late time.Duration, packets int) {
	for range packets {
		b.load.note(time.Now(), late)
	}
}

func newTestMeter(limit time.Duration) *loadMeter {
	return &loadMeter{limit: limit, log: slog.New(slog.DiscardHandler)}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 0)
	type packets struct {
		at   time.Duration
		late time.Duration
		n    int
	}
	for name, tc := range map[string]struct {
		packets []packets
		limit   time.Duration
		want    time.Duration
		over    bool
	}{
		"no calls":           {nil, 100 * time.Millisecond, 0, false},
		"all is well":        {[]packets{{0, time.Millisecond, 5000}}, 100 * time.Millisecond, time.Millisecond, false},
		"too few to tell":    {[]packets{{0, 200 * time.Millisecond, minPackets - 1}}, 100 * time.Millisecond, 0, false},
		"all are late":       {[]packets{{0, 150 * time.Millisecond, minPackets}}, 100 * time.Millisecond, 150 * time.Millisecond, true},
		"just at the limit":  {[]packets{{0, 100 * time.Millisecond, 1000}}, 100 * time.Millisecond, 100 * time.Millisecond, false},
		"4 % are late":       {[]packets{{0, 0, 960}, {0, 200 * time.Millisecond, 40}}, 100 * time.Millisecond, 0, false},
		"6 % are late":       {[]packets{{0, 0, 940}, {0, 200 * time.Millisecond, 60}}, 100 * time.Millisecond, 200 * time.Millisecond, true},
		"that was long ago":  {[]packets{{-loadWindow * time.Second, 200 * time.Millisecond, 5000}}, 100 * time.Millisecond, 0, false},
		"over some seconds":  {[]packets{{-9 * time.Second, 120 * time.Millisecond, 200}, {0, 120 * time.Millisecond, 200}}, 100 * time.Millisecond, 120 * time.Millisecond, true},
		"beyond the scale":   {[]packets{{0, time.Hour, 1000}}, 100 * time.Millisecond, maxLatenessMS * time.Millisecond, true},
		"early is not late":  {[]packets{{0, -time.Hour, 1000}}, 100 * time.Millisecond, 0, false},
		"there is no limit":  {[]packets{{0, time.Hour, 1000}}, -1, maxLatenessMS * time.Millisecond, false},
		"a limit of nothing": {[]packets{{0, 2 * time.Millisecond, 1000}}, time.Millisecond, 2 * time.Millisecond, true},
	} {
		m := newTestMeter(tc.limit)
		for _, p := range tc.packets {
			for range p.n {
				m.note(at.Add(p.at), p.late)
			}
		}
		if got := m.judge(at); got.Lateness != tc.want || got.Overloaded != tc.over || got.Limit != tc.limit {
			t.Errorf("%s: %+v, want %v, overloaded %v", name, got, tc.want, tc.over)
		}
	}
}

// Between the limit and half of it, what was decided stays.
func TestLoadDoesNotFlap(t *testing.T) {
	t.Parallel()
	m := newTestMeter(100 * time.Millisecond)
	at := time.Unix(1_800_000_000, 0)
	for i, step := range []struct {
		late time.Duration
		over bool
	}{{80, false}, {120, true}, {80, true}, {51, true}, {50, false}, {80, false}, {101, true}} {
		at = at.Add(loadWindow * time.Second)
		for range minPackets {
			m.note(at, step.late*time.Millisecond)
		}
		if got := m.judge(at); got.Overloaded != step.over {
			t.Errorf("step %d: %+v", i, got)
		}
	}
	if m.judge(at.Add(loadWindow * time.Second)).Overloaded {
		t.Error("it is overloaded although no calls are there any more")
	}
}

// A clock that stands still again and again is found late by as much as its packets are.
func TestTheClockNotesItsLateness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newTestMeter(100 * time.Millisecond)
		run := func(busy time.Duration) Load {
			quit, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				n := 0
				pace(quit, func(time.Time) {
					if n++; n%10 == 0 {
						<-time.After(busy) // a starved process
					}
				}, m.note)
			}()
			<-time.After(loadWindow * time.Second)
			load := m.judge(time.Now())
			close(quit)
			<-done
			return load
		}
		if l := run(0); l.Lateness != 0 || l.Overloaded {
			t.Errorf("on time: %+v", l)
		}
		if l := run(30 * time.Millisecond); l.Lateness < 10*time.Millisecond || l.Overloaded {
			t.Errorf("a little late: %+v", l)
		}
		if l := run(180 * time.Millisecond); !l.Overloaded {
			t.Errorf("starved: %+v", l)
		}
	})
}
