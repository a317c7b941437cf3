package calls

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	// LateLimit is how late the 99th percentile of the bot's packets may be for a number of calls to count as served: one
	// packet time, which every phone's jitter buffer takes up.
	LateLimit = packetTime
	// rateLimit is how many packets a second each call must get: 50, less what fits between the measurement's edges.
	rateLimit = 49.5
	settle    = 1500 * time.Millisecond // from the last accept to the measurement
	// silenceBytes is more than a packet of silence has, and less than one of speech.
	silenceBytes = 20
	tries        = 5 // for other programs may take the core for a moment
)

// capacity lets more and more calls talk at once, until the bot's core cannot serve them any more.
func (r *rig) capacity(ctx context.Context, kind Kind, size Size) (c report.CallCapacity, err error) {
	c.Kind = string(kind)
	var calls []*whatsapptest.Call
	defer func() { err = errors.Join(err, r.hangUpAll(ctx, calls)) }()
	for n := size.Step; n <= size.MostCalls; n += size.Step {
		more, err := r.ring(ctx, len(calls), n-len(calls))
		calls = append(calls, more...)
		if err != nil {
			return c, err
		}
		var load report.CallLoad
		for range tries {
			if load, err = r.load(ctx, calls, size.LoadFor); err != nil {
				return c, err
			}
			if load.Served = served(load); load.Served {
				break
			}
		}
		c.Loads = append(c.Loads, load)
		if !load.Served {
			break
		}
		c.Most = n
		if n >= profileAt && n < profileAt+size.Step {
			if err := r.profile(ctx, kind, size.Profiles); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// profileAt is how many calls there are when a profile is taken.
const profileAt = 40

// profile writes where the bot's process spends its time to a folder, if there is one.
func (r *rig) profile(ctx context.Context, kind Kind, dir string) error {
	if dir == "" {
		return nil
	}
	profile, err := r.ask(ctx, http.MethodGet, r.url+"/debug/pprof/profile?seconds=10")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "calls-"+string(kind)+".pprof"), profile, 0o644)
	}
	if err != nil {
		return fmt.Errorf("calls: the profile: %w", err)
	}
	return nil
}

// served tells whether all calls got what they must get.
func served(l report.CallLoad) bool {
	return l.Late.P99 < LateLimit && l.SlowestRate >= rateLimit && l.Lost == 0 && l.Over == 0
}

// ring lets users call, a few at a time as they come in life.
func (r *rig) ring(ctx context.Context, first, n int, opts ...whatsapptest.CallOption) (calls []*whatsapptest.Call, err error) {
	const together = 4
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(together, n) {
		wg.Go(func() {
			for user := range next {
				call, callErr := r.call(ctx, user, opts...)
				mu.Lock()
				if err = errors.Join(err, callErr); call != nil {
					calls = append(calls, call)
				}
				mu.Unlock()
			}
		})
	}
	for user := first; user < first+n; user++ {
		next <- user
	}
	close(next)
	wg.Wait()
	return calls, err
}

// hangUpAll ends calls, all at once.
func (r *rig) hangUpAll(ctx context.Context, calls []*whatsapptest.Call) error {
	errs := make([]error, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() { errs[i] = r.hangUp(ctx, c) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// load measures running calls for a while.
func (r *rig) load(ctx context.Context, calls []*whatsapptest.Call, span time.Duration) (l report.CallLoad, err error) {
	if !wait(ctx, settle) {
		return l, ctx.Err()
	}
	before, err := r.usage(ctx, false)
	if err != nil {
		return l, err
	}
	from, busy, own := time.Now(), cores.Busy(r.core), cores.Used()
	if !wait(ctx, span) {
		return l, ctx.Err()
	}
	took := time.Since(from)
	busy, own = cores.Busy(r.core)-busy, cores.Used()-own
	after, err := r.usage(ctx, false)
	if err != nil {
		return l, err
	}
	l = report.CallLoad{
		Calls: len(calls), Turns: after.Turns - before.Turns, Lost: after.Reception.Lost - before.Reception.Lost,
		CPU: (after.CPU - before.CPU).Seconds() / took.Seconds(), CallersCPU: own.Seconds() / took.Seconds(),
		SlowestRate: 50, Resident: after.Resident,
	}
	l.OthersCPU = max(0, busy.Seconds()/took.Seconds()-l.CPU)
	var late []time.Duration
	speech := 0
	for _, c := range calls {
		ring := c.Timings().Ring
		packets := between(c.Packets(), from.Sub(ring), from.Add(took).Sub(ring))
		l.SlowestRate = min(l.SlowestRate, float64(len(packets))/took.Seconds())
		late = append(late, lateness(packets)...)
		for _, p := range packets {
			if p.Bytes > silenceBytes {
				speech++
			}
		}
		select {
		case <-c.Ended():
			l.Over++
		default:
		}
	}
	if len(late) == 0 {
		return l, fmt.Errorf("calls: %d calls got no packets", len(calls))
	}
	l.Late, l.Speech = report.Summarize(late), float64(speech)/float64(len(late))
	return l, nil
}

// between returns the packets of a span of the call's clock.
func between(packets []whatsapptest.Packet, from, to time.Duration) []whatsapptest.Packet {
	first := 0
	for first < len(packets) && packets[first].At < from {
		first++
	}
	last := len(packets)
	for last > first && packets[last-1].At >= to {
		last--
	}
	return packets[first:last]
}

// lateness is how much later than the most punctual packet each came, by the sender's clock.
func lateness(packets []whatsapptest.Packet) []time.Duration {
	late := make([]time.Duration, len(packets))
	var best time.Duration
	for i, p := range packets {
		steps := int16(p.Sequence - packets[0].Sequence)
		late[i] = p.At - time.Duration(steps)*packetTime
		if i == 0 || late[i] < best {
			best = late[i]
		}
	}
	for i := range late {
		late[i] -= best
	}
	return late
}
