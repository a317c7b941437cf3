package latency

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// probe is a stage that notes when a turn passes the points that the other stages tell, and what was understood and
// said.
type probe struct {
	mu    sync.Mutex
	at    map[frame.Point]time.Time
	heard []string
	said  []string
	errs  []error
}

// Wire registers the stage.
func (p *probe) Wire(w *pipeline.Wiring) {
	w.Name("probe")
	pipeline.OnOptional(w, p.metrics)
	pipeline.OnOptional(w, p.transcript)
	pipeline.OnOptional(w, p.delta)
	pipeline.OnOptional(w, p.failure)
}

// reset forgets all, before the next turn.
func (p *probe) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.heard, p.said, p.errs = map[frame.Point]time.Time{}, nil, nil, nil
}

func (p *probe) metrics(_ context.Context, m frame.Metrics, _ *pipeline.Emitter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[frame.Point]time.Time{}
	}
	if m.Point == frame.PointUserTurn { // an answer to something said earlier is over
		for point := frame.PointFirstToken; point <= frame.PointFirstPacket; point++ {
			delete(p.at, point)
		}
		p.said = nil
	}
	if _, ok := p.at[m.Point]; ok && m.Point >= frame.PointFirstToken {
		return nil // the first counts
	}
	p.at[m.Point] = m.At
	return nil
}

func (p *probe) transcript(_ context.Context, t frame.Transcript, out *pipeline.Emitter) error {
	if t.Final {
		p.mu.Lock()
		p.heard = append(p.heard, t.Text)
		p.mu.Unlock()
	}
	return out.Push(t)
}

func (p *probe) delta(_ context.Context, t frame.TextDelta, out *pipeline.Emitter) error {
	p.mu.Lock()
	p.said = append(p.said, t.Text)
	p.mu.Unlock()
	return out.Push(t)
}

func (p *probe) failure(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
	p.mu.Lock()
	p.errs = append(p.errs, f.Err)
	p.mu.Unlock()
	return nil
}

// parts names the spans of a turn by the point at which each ends.
var parts = []struct {
	name string
	end  frame.Point
}{
	{"until the VAD's stop", frame.PointVADStop},
	{"STT, after the stop", frame.PointTranscript},
	{"turn decision", frame.PointUserTurn},
	{"LLM, first token", frame.PointFirstToken},
	{"LLM, first clause", frame.PointFirstClause},
	{"TTS, first audio", frame.PointFirstAudio},
	{"output, first packet", frame.PointFirstPacket},
}

// lastPart is the span from the first packet to the first sample of speech that is heard.
const lastPart = "way to the ear"

// turn cuts the time from the caller's last sample of speech to the bot's first into spans. A point that lies
// before the one in front of it, as a transcript that was ready before the VAD's stop, takes no time.
func (p *probe) turn(in Input, spoken, heard time.Time) report.Turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := report.Turn{Input: in.Name, Heard: strings.Join(p.heard, " "), Said: strings.TrimSpace(strings.Join(p.said, ""))}
	from := spoken
	for _, part := range parts {
		to := from
		if at, ok := p.at[part.end]; ok && at.After(from) {
			to = at
			if to.After(heard) {
				to = heard
			}
		}
		t.Spans = append(t.Spans, report.Span{Name: part.name, Took: to.Sub(from)})
		from = to
	}
	t.Spans = append(t.Spans, report.Span{Name: lastPart, Took: heard.Sub(from)})
	return t
}

// complete reports whether the turn has passed its last point.
func (p *probe) complete() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.at[frame.PointFirstPacket]
	return ok
}

// failures returns what stages reported as gone wrong in the turn.
func (p *probe) failures() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.errs
}
