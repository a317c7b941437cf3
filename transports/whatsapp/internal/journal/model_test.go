package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-voice/parley/services"
)

// modelStep is one thing that happens to a bot with a journal.
type modelStep struct {
	kind  string
	picks []int // which items it is about
	mode  string
	wait  time.Duration
}

func drawSteps(t *rapid.T) []modelStep {
	kinds := []string{
		"accept", "accept", "accept", "accept", "accept", "accept", "note", "begin", "begin", "begin", "revoke", "settle", "settle",
		"settle", "wait", "wait", "quiet", "weather", "weather", "crash", "close", "take over", "days",
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) modelStep {
		return modelStep{
			kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
			picks: rapid.SliceOfN(rapid.IntRange(0, 99), 1, 5).Draw(t, "picks"),
			mode:  rapid.SampledFrom(weathers).Draw(t, "mode"),
			wait:  time.Duration(rapid.IntRange(0, 3000).Draw(t, "wait")) * time.Millisecond,
		}
	}), 10, 80).Draw(t, "steps")
}

// Whatever happens to the process, its store and its rivals: what was accepted is there after a restart until it is
// settled, in the order of acceptance; what was begun is known to be; what was settled does not come back within eight
// days; one call alone is told that an item is new; and who has lost the journal gets nothing more into it.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := drawSteps(rt)
		l := usualLimits()
		l.items, l.queued, l.blocks = 60, 3000, 120
		l.fold = rapid.IntRange(1, 4).Draw(rt, "fold")
		l.blockIDs = rapid.IntRange(3, 8).Draw(rt, "ids of a block")
		l.segment = rapid.IntRange(40, 500).Draw(rt, "bytes of a segment")
		w := &world{limits: l, store: newFaulty(), facts: make(map[string]*fact)}
		w.weather = &weather{random: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "fortune"), 1)), mode: "brisk"}
		synctest.Test(t, func(*testing.T) { w.run(steps) })
		if len(w.faults) > 0 {
			rt.Fatalf("%d faults:\n%s", len(w.faults), w.faults)
		}
	})
}

// fact is what must be true of an item.
type fact struct {
	Item
	// acked is since when somebody counts on it: a webhook with it was answered, or a process has found it. 0: nobody.
	acked int
	// called and returned are when Accept was called and returned for it; 0 if that is not known.
	called, returned int
	held             *process // that sees to it
	begun            begun
	settling         bool // somebody has settled it, which may not be stored yet
	settled          bool // it is stored
	settles, revokes int
	settledAt        time.Time
}

type begun int

const (
	never begun = iota
	perhaps
	surely
)

// forgettable reports whether the journal need not know of an item any more.
func (f *fact) forgettable() bool {
	return (f.settled || f.settling) && time.Since(f.settledAt) > knownFor
}

// process is one that has the journal open, or had.
type process struct {
	*Journal
	wire  *wire
	calls sync.WaitGroup
	lost  int     // since when another has the journal; 0: none has
	queue []doing // in this order; it may not be stored yet
}

// doing is what nobody waits for: an item was settled for the so manieth time, or, with 0, noted.
type doing struct {
	*fact
	settles int
}

// world is a bot's history.
type world struct {
	limits limits
	store  *faulty
	*weather
	now *process

	model  sync.Mutex
	time   int // of the model: counts what happens
	fresh  int
	order  []*fact
	facts  map[string]*fact
	faults faults
}

type faults []string

func (f faults) String() string {
	var b bytes.Buffer
	for _, s := range f {
		fmt.Fprintln(&b, s)
	}
	return b.String()
}

func (w *world) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf("%d: ", w.time)+fmt.Sprintf(format, args...))
}

func (w *world) run(steps []modelStep) {
	w.restart()
	for _, s := range steps {
		w.model.Lock()
		wrong := len(w.faults) > 0
		w.model.Unlock()
		if wrong {
			break
		}
		w.step(s)
	}
	w.end()
	time.Sleep(time.Minute) // until what was on its way has arrived
}

func (w *world) step(s modelStep) {
	p := w.now
	switch s.kind {
	case "accept":
		w.accept(p, w.pick(s.picks))
	case "note":
		w.note(p)
	case "begin":
		w.begin(p, w.pickHeld(s.picks), s.wait)
	case "revoke":
		w.revoke(p, w.pickHeld(s.picks))
	case "settle":
		w.settle(p, w.pickHeld(s.picks))
	case "wait":
		time.Sleep(s.wait)
	case "quiet":
		p.calls.Wait()
		w.check()
	case "weather":
		w.set(s.mode)
	case "crash":
		p.wire.sever()
		kill(p.Journal)
		p.calls.Wait()
		w.restart()
	case "close":
		w.close(p)
		w.restart()
	case "take over":
		w.takeOver(p, s)
	case "days":
		w.set("fair")
		time.Sleep(time.Duration(s.picks[0]%40) * 6 * time.Hour)
		synctest.Wait()
		w.check()
	}
}

// pick chooses items for a webhook: new ones, and some that were in one before.
func (w *world) pick(picks []int) (some []*fact) {
	w.model.Lock()
	defer w.model.Unlock()
	for _, n := range picks {
		if n < 65 || len(w.order) == 0 {
			some = append(some, w.make(Message))
			continue
		}
		// Rather one of the last than one of the first.
		at := max(0, len(w.order)-1-(n-65)*(n-65)/10)
		if f := w.order[at]; f.Class == Message && !f.forgettable() {
			some = append(some, f)
		}
	}
	return some
}

// make needs the lock.
func (w *world) make(c Class) *fact {
	w.fresh++
	i := message(fmt.Sprint(w.fresh))
	i.Class = c
	f := &fact{Item: i}
	w.order = append(w.order, f)
	w.facts[f.key()] = f
	return f
}

// pickHeld chooses items that the process sees to.
func (w *world) pickHeld(picks []int) (some []*fact) {
	w.model.Lock()
	defer w.model.Unlock()
	var held []*fact
	for _, f := range w.order {
		if f.held == w.now && !f.settling && !f.settled {
			held = append(held, f)
		}
	}
	for _, n := range picks {
		if len(held) > 0 {
			some = append(some, held[n%len(held)])
		}
	}
	return some
}

// tick needs the lock.
func (w *world) tick() int { w.time++; return w.time }

func (w *world) accept(p *process, some []*fact) {
	if len(some) == 0 {
		return
	}
	items := make([]Item, len(some))
	for n, f := range some {
		items[n] = f.Item
	}
	w.model.Lock()
	called, before := w.tick(), p.queue
	w.model.Unlock()
	p.calls.Go(func() { // ends with the call, which takes some seconds at most
		began := time.Now()
		isNew, err := p.Accept(items)
		w.model.Lock()
		defer w.model.Unlock()
		now := w.tick()
		if took := time.Since(began); took > 2*time.Minute {
			w.fault("accept took %v", took)
		}
		anyNew := false
		for n, f := range some {
			if n < len(isNew) && isNew[n] {
				anyNew = true
				switch {
				case f.acked > 0 && f.acked < called && !f.forgettable():
					w.fault("%s was accepted before, and is new again", f.ID)
				case f.held == p:
					w.fault("%s is new for two", f.ID)
				case p.lost > 0 && called > p.lost:
					w.fault("%s was accepted by a process that has lost the journal", f.ID)
				}
				if p == w.now {
					f.held, f.called, f.returned = p, called, now
				}
			} else if err != nil {
				continue
			}
			if f.acked == 0 {
				f.acked = now
			}
		}
		if err == nil && anyNew {
			w.durable(before, now)
		}
	})
}

// durable says that what a process has settled and noted is stored. It needs the lock.
func (w *world) durable(queue []doing, now int) {
	for _, f := range queue {
		if f.settling && f.settles == f.fact.settles {
			f.settled = true
		}
		if f.acked == 0 {
			f.acked = now
		}
	}
}

func (w *world) note(p *process) {
	w.model.Lock()
	f := w.make(Call)
	f.held = p
	p.queue = append(p.queue, doing{f, 0})
	w.model.Unlock()
	p.Note(f.Item)
}

func (w *world) begin(p *process, some []*fact, limit time.Duration) {
	w.model.Lock()
	called := w.tick()
	ids := map[Class][]string{}
	held := map[Class][]*fact{}
	settles, revokes := map[*fact]int{}, map[*fact]int{}
	for _, f := range some {
		settles[f], revokes[f] = f.settles, f.revokes
		if f.begun == never {
			f.begun = perhaps
		}
		ids[f.Class] = append(ids[f.Class], f.ID)
		held[f.Class] = append(held[f.Class], f)
	}
	w.model.Unlock()
	for c := range ids {
		p.calls.Go(func() { // ends with the call, after its deadline at most
			ctx, cancel := context.WithTimeout(context.Background(), 4*limit)
			defer cancel()
			if p.Begin(ctx, c, ids[c]...) != nil {
				return
			}
			w.model.Lock()
			defer w.model.Unlock()
			for _, f := range held[c] {
				if f.settles != settles[f] || f.revokes != revokes[f] {
					continue // settled or revoked meanwhile, so perhaps it was passed over
				}
				if p.lost > 0 && called > p.lost && f.begun != surely {
					w.fault("%s was begun by a process that has lost the journal", f.ID)
				}
				f.begun = surely
			}
		})
	}
}

func (w *world) revoke(p *process, some []*fact) {
	for _, f := range some {
		w.model.Lock()
		f.revokes++
		if f.begun == surely {
			f.begun = perhaps // until it begins anew
		}
		w.model.Unlock()
		p.Revoke(f.Class, f.ID)
	}
}

func (w *world) settle(p *process, some []*fact) {
	for _, f := range some {
		w.model.Lock()
		f.settling, f.settledAt = true, time.Now()
		f.settles++
		p.queue = append(p.queue, doing{f, f.settles})
		w.model.Unlock()
		p.Settle(f.Class, f.ID)
	}
}

func (w *world) close(p *process) {
	w.model.Lock()
	queue := p.queue
	w.model.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := p.Close(ctx)
	p.calls.Wait()
	w.model.Lock()
	defer w.model.Unlock()
	if err == nil {
		w.durable(queue, w.tick())
	}
}

// takeOver has a second process open the journal while the first goes on.
func (w *world) takeOver(p *process, s modelStep) {
	held := w.pickHeld(s.picks)
	w.restart()
	w.model.Lock()
	p.lost = w.time
	stranger := []*fact{w.make(Message)}
	w.model.Unlock()
	w.accept(p, stranger)
	w.begin(p, held, time.Minute)
	synctest.Wait()
	for _, f := range held {
		p.Settle(f.Class, f.ID) // it does not know yet
	}
	poke(p.foldNow)
	p.calls.Wait()
	w.set("fair")
	time.Sleep(2 * acceptLimit) // until what hangs is given up: meanwhile nothing is accepted
	if err := p.Begin(context.Background(), Message, "unknown"); !errors.Is(err, ErrTaken) {
		w.accept(p, stranger)
		p.calls.Wait()
	}
	if !errors.Is(p.Err(), ErrTaken) || !p.Lost() {
		w.fault("who has lost the journal does not know it: %v", p.Err())
	}
	p.wire.sever()
	kill(p.Journal)
	w.check()
}

// restart opens the journal, as the next process does, and looks at what it finds.
func (w *world) restart() {
	wire := newWire(w.store, w.weather)
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		j, err := open(ctx, wire, "a", quiet, w.limits)
		cancel()
		if err == nil {
			w.found(&process{Journal: j, wire: wire})
			return
		}
		if try == 5 {
			w.fault("the journal cannot be opened: %v", err)
		}
		w.set("fair")
	}
}

// found compares what a process finds with what must be there, and takes it over.
func (w *world) found(p *process) {
	w.model.Lock()
	defer w.model.Unlock()
	now := w.tick()
	w.now = p
	if n := p.Damaged(); n > 0 {
		w.fault("%d stored values are damaged", n)
	}
	open := map[string]Item{}
	for _, i := range p.Items() {
		open[i.key()] = i
		if f := w.facts[i.key()]; f == nil || !bytes.Equal(f.Data, i.Data) {
			w.fault("nobody ever accepted %s with %q", i.ID, i.Data)
		}
	}
	for _, f := range w.order {
		i, is := open[f.key()]
		switch {
		case f.forgettable():
		case f.settled && is:
			w.fault("%s was settled and is open again", f.ID)
		case !is && (f.settled || f.settling && f.acked > 0) && !p.Known(f.Class, f.ID):
			w.fault("%s was settled and is forgotten", f.ID)
		case !is && f.settling && p.Known(f.Class, f.ID):
			f.settled = true
		case !is && f.acked > 0 && !f.settled:
			w.fault("%s is lost", f.ID)
		case !is && !f.settled:
			f.held, f.settling, f.begun = nil, false, never // nobody was told anything
		case is && f.begun == surely && !i.Begun:
			w.fault("%s was begun and comes back as if not", f.ID)
		case is && f.begun == never && i.Begun:
			w.fault("%s was not begun and comes back as if it was", f.ID)
		case is:
			f.held, f.settling, f.begun = p, false, never
			if i.Begun {
				f.begun = surely
			}
			if f.acked == 0 {
				f.acked = now
			}
		}
	}
	w.inOrder(p)
}

// inOrder needs the lock.
func (w *world) inOrder(p *process) {
	var before []*fact
	for _, i := range p.Items() {
		f := w.facts[i.key()]
		if f == nil || f.called == 0 {
			continue
		}
		for _, b := range before {
			if f.returned < b.called {
				w.fault("%s stands behind %s, and was accepted earlier", f.ID, b.ID)
			}
		}
		before = append(before, f)
	}
}

// check looks at the journal while no call is under way.
func (w *world) check() {
	p := w.now
	p.calls.Wait()
	w.model.Lock()
	defer w.model.Unlock()
	for _, f := range w.order {
		if !f.forgettable() && (f.acked > 0 || f.held == p) && !p.Known(f.Class, f.ID) {
			w.fault("%s is not known any more", f.ID)
		}
	}
	for _, i := range p.Items() {
		f := w.facts[i.key()]
		switch {
		case f.held != p:
			w.fault("%s is open, and nobody was told to see to it", f.ID)
		case f.settling || f.settled:
			w.fault("%s is open, although it is settled", f.ID)
		case f.begun == surely && !i.Begun:
			w.fault("%s does not count as begun", f.ID)
		}
	}
	w.inOrder(p)
}

// end has all settled, in fair weather: then nothing is left.
func (w *world) end() {
	w.set("fair")
	w.now.calls.Wait()
	time.Sleep(time.Minute)
	w.check()
	w.close(w.now)
	w.restart()
	w.model.Lock()
	var held []*fact
	for _, f := range w.order {
		if f.held == w.now && !f.settling && !f.settled {
			held = append(held, f)
		}
	}
	w.model.Unlock()
	w.settle(w.now, held)
	w.accept(w.now, w.pick([]int{0}))
	w.now.calls.Wait()
	w.settle(w.now, w.pickHeld([]int{0}))
	synctest.Wait()
	if err := w.now.foldOnce(); err != nil {
		w.fault("the journal cannot be folded: %v", err)
	}
	if n := w.store.count("/"+w.now.keys.epoch+"/") - w.store.count("known"); n > w.limits.fold+w.late { // a late one may come after its place was cleared
		w.fault("%d segments are left, and nothing is open", n)
	}
	w.close(w.now)
	w.restart()
	if n := len(w.now.Items()); n > 0 {
		w.fault("%d items are open in the end", n)
	}
	kill(w.now.Journal)
}

var _ services.Store = (*wire)(nil)
