package playout

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// PacketDuration is how much audio one Pull takes: the packet time of telephony.
const PacketDuration = 20 * time.Millisecond

// DefaultBuffer is how much audio is kept before the stages in front have to wait.
const DefaultBuffer = 30 * time.Second

// Playout is a pipeline stage that buffers responses until they are pulled. Pull is called by one clock;
// everything else is safe for concurrent use.
type Playout struct {
	name      string
	limit     time.Duration
	mu        sync.Mutex
	out       *pipeline.Emitter
	responses []*response   // in the order of playing
	scratch   []int16       // the packet that Pull returned, if it was put together
	changed   chan struct{} // has an element when audio was taken or dropped since the stage last looked
}

// Option configures a Playout.
type Option func(*Playout)

// WithName sets the stage's name in String and in errors.
func WithName(name string) Option { return func(p *Playout) { p.name = name } }

// WithBuffer sets how much audio is kept before the stages in front have to wait.
func WithBuffer(d time.Duration) Option { return func(p *Playout) { p.limit = d } }

// New returns an empty Playout.
func New(opts ...Option) *Playout {
	p := &Playout{name: "playout", limit: DefaultBuffer, changed: make(chan struct{}, 1)}
	for _, o := range opts {
		o(p)
	}
	return p
}

// Wire registers the stage.
func (p *Playout) Wire(w *pipeline.Wiring) {
	w.Name(p.name)
	pipeline.Makes[frame.Playback](w)
	pipeline.Makes[frame.Metrics](w)
	pipeline.OnOptional(w, p.begin)
	pipeline.On(w, p.audio)
	pipeline.OnOptional(w, p.end)
	pipeline.OnOptional(w, p.drain)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.out = out
		return nil
	})
	w.OnFlush(func(*pipeline.Generation) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dropDead()
	})
}

// Pull returns the next 20 ms of mono audio, at the rate at which it was synthesised, or false: then the
// transport sends silence. It never waits. The samples are valid until the next Pull.
func (p *Playout) Pull() (audio.PCM, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.responses) == 0 {
		return audio.PCM{}, false
	}
	p.dropDead()
	for {
		r := p.next()
		if r == nil {
			return audio.PCM{}, false
		}
		pcm, scratch, ok := r.take(p.scratch)
		p.scratch = scratch
		if !ok {
			if !r.ended {
				return audio.PCM{}, false
			}
			p.finish(r)
			continue
		}
		if !r.started {
			r.started = true
			p.push(frame.Metrics{Point: frame.PointFirstPacket, At: time.Now()})
			p.push(frame.Playback{ID: r.id, State: frame.PlaybackStarted})
		}
		if r.ended && len(r.pieces) == 0 {
			p.finish(r)
		}
		p.notify()
		return pcm, true
	}
}

// next is the response that may be played: the first whose generation is neither paused nor held.
func (p *Playout) next() *response {
	for _, r := range p.responses {
		if r.gen.State() == pipeline.Live {
			return r
		}
	}
	return nil
}

// Busy reports whether there is audio that was not played yet, or more may follow.
func (p *Playout) Busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.responses) > 0
}

func (p *Playout) begin(_ context.Context, f frame.ResponseStart, out *pipeline.Emitter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.response(f.ID, out.Generation())
	return nil
}

func (p *Playout) audio(ctx context.Context, f frame.AudioOut, out *pipeline.Emitter) error {
	if f.PCM.Channels != 1 || f.PCM.Format.Samples(PacketDuration) == 0 {
		return fmt.Errorf("got audio of %v; want mono of at least 50 Hz: convert it in a stage before the output", f.PCM.Format)
	}
	p.mu.Lock()
	for p.buffered()+f.PCM.Duration() > p.limit && p.buffered() > 0 {
		p.mu.Unlock()
		select {
		case <-p.changed:
		case <-ctx.Done():
			return nil
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	p.response(f.ID, out.Generation()).add(f)
	return nil
}

func (p *Playout) end(_ context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.response(f.ID, out.Generation())
	r.ended = true
	if len(r.pieces) == 0 && r.gen.State() == pipeline.Live {
		p.finish(r)
	}
	return nil
}

// drain waits until all was played, before the session ends.
func (p *Playout) drain(ctx context.Context, _ pipeline.End, _ *pipeline.Emitter) error {
	for {
		p.mu.Lock()
		p.dropDead()
		empty := len(p.responses) == 0
		p.mu.Unlock()
		if empty {
			return nil
		}
		select {
		case <-p.changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// response finds or opens a response.
func (p *Playout) response(id uint64, gen *pipeline.Generation) *response {
	for _, r := range p.responses {
		if r.id == id && r.gen == gen {
			return r
		}
	}
	r := &response{id: id, gen: gen}
	p.responses = append(p.responses, r)
	return r
}

func (p *Playout) buffered() (d time.Duration) {
	for _, r := range p.responses {
		d += r.buffered()
	}
	return d
}

// dropDead forgets what belongs to dead generations and tells what was heard of it.
func (p *Playout) dropDead() {
	kept := p.responses[:0]
	for _, r := range p.responses {
		switch {
		case r.gen.State() != pipeline.Dead:
			kept = append(kept, r)
		case r.started:
			p.push(frame.Playback{ID: r.id, State: frame.PlaybackDone, Heard: r.heard(), Interrupted: true})
		}
	}
	if len(kept) == len(p.responses) {
		return
	}
	clear(p.responses[len(kept):])
	p.responses = kept
	p.notify()
}

// finish forgets a response that was played to its end.
func (p *Playout) finish(r *response) {
	for i, other := range p.responses {
		if other == r {
			p.responses = append(p.responses[:i], p.responses[i+1:]...)
			break
		}
	}
	p.push(frame.Playback{ID: r.id, State: frame.PlaybackDone, Heard: r.heard()})
	p.notify()
}

func (p *Playout) push(f pipeline.Frame) {
	if p.out != nil {
		_ = p.out.Push(f) // fails only after the end of the session, when nobody listens
	}
}

func (p *Playout) notify() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}
