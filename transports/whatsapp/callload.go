package whatsapp

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// defaultMaxLateness is far beyond what a phone's jitter buffer makes up for: callers then hear gaps for certain, and a
	// call more makes them longer for all. Whoever wants to refuse earlier can say so.
	defaultMaxLateness = 100 * time.Millisecond
	// loadWindow is the time over which lateness is judged, in seconds. A short standstill, as when a model is loaded, is
	// less than 5 % of it.
	loadWindow = 10
	// minPackets is how many packets must have left in that time for a judgement: those of one call in 5 s. Without calls
	// there is nothing to judge by, and nobody is refused.
	minPackets = 250
	// maxLatenessMS is the longest lateness that is told apart, in milliseconds.
	maxLatenessMS = 255
)

// Load is how well the running calls are served.
type Load struct {
	// Lateness is how late packets leave for the callers: 95 % of those of the last 10 s left less late than that. 0 if
	// there were too few to tell.
	Lateness time.Duration
	// Limit is Config.MaxLateness; less than 0 if there is none.
	Limit time.Duration
	// Overloaded says that further calls are refused: Lateness was beyond the limit, and has not come down to half of it yet.
	Overloaded bool
}

// Load tells how well the running calls are served.
func (b *Bot) Load() Load { return b.load.judge(time.Now()) }

// loadMeter judges the load by the clocks of all calls, which leave no doubt: if they are late, what callers hear has gaps,
// whether it is this process that takes the CPU or another one. It is safe for concurrent use.
type loadMeter struct {
	limit time.Duration
	log   *slog.Logger

	mu    sync.Mutex
	slots [loadWindow]latenessSlot
	over  bool
}

// latenessSlot counts the packets of one second by how late they were, in milliseconds.
type latenessSlot struct {
	second int64
	counts [maxLatenessMS + 1]uint32
}

// note counts a packet that left at a time, so late.
func (l *loadMeter) note(now time.Time, late time.Duration) {
	second := now.Unix()
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := &l.slots[second%loadWindow]
	if slot.second != second {
		*slot = latenessSlot{second: second}
	}
	slot.counts[min(max(late.Milliseconds(), 0), maxLatenessMS)]++
}

// judge tells the load, and logs when it becomes too much and when it is over. A limit with one threshold would refuse and
// take calls in turn.
func (l *loadMeter) judge(now time.Time) Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	late := l.percentile95(now.Unix())
	was := l.over
	switch {
	case l.limit < 0:
		l.over = false
	case was:
		l.over = late > l.limit/2
	default:
		l.over = late > l.limit
	}
	if l.over && !was {
		l.log.Error("overloaded: new calls are refused until packets leave in time again", "lateness_ms", late.Milliseconds(), "limit_ms", l.limit.Milliseconds())
	} else if was && !l.over {
		l.log.Info("no longer overloaded: calls are taken again", "lateness_ms", late.Milliseconds())
	}
	return Load{Lateness: late, Limit: l.limit, Overloaded: l.over}
}

func (l *loadMeter) percentile95(second int64) time.Duration {
	var counts [maxLatenessMS + 1]uint64
	var all uint64
	for i := range l.slots {
		if second-l.slots[i].second >= loadWindow {
			continue
		}
		for ms, n := range l.slots[i].counts {
			counts[ms] += uint64(n)
			all += uint64(n)
		}
	}
	if all < minPackets {
		return 0
	}
	rest := all - all*95/100
	for ms := maxLatenessMS; ms >= 0; ms-- {
		if counts[ms] >= rest {
			return time.Duration(ms) * time.Millisecond
		}
		rest -= counts[ms]
	}
	return 0
}
