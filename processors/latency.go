package processors

import (
	"context"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// TurnLatency is when one voice turn passed each point, counted from the end of the user's speech. Recognition may
// be ready before the VAD is sure that the speech is over.
type TurnLatency struct {
	// Turn numbers the answered turns of a session, from 1.
	Turn int
	// Points has no entry for points that the turn did not pass.
	Points map[frame.Point]time.Duration
}

// Total is the time from the end of the user's speech to the first packet of the answer.
func (l TurnLatency) Total() time.Duration { return l.Points[frame.PointFirstPacket] }

// Latency makes a stage that measures each voice turn by the Metrics of the other stages and reports it when the
// first packet of the answer has left. report is called from the stage's goroutine and must not block.
func Latency(report func(TurnLatency)) pipeline.Stage {
	l := &latency{report: report, at: make(map[frame.Point]time.Time)}
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("latency")
		pipeline.On(w, l.metrics)
	})
}

type latency struct {
	report func(TurnLatency)
	at     map[frame.Point]time.Time
	turn   int
}

func (l *latency) metrics(_ context.Context, m frame.Metrics, _ *pipeline.Emitter) error {
	switch m.Point {
	case frame.PointSpeechEnd:
		clear(l.at) // speech that gets no answer leaves nothing behind
	case frame.PointUserTurn: // what an answer to an earlier turn has left is not this turn's
		for p := frame.PointFirstToken; p <= frame.PointFirstPacket; p++ {
			delete(l.at, p)
		}
	}
	l.at[m.Point] = m.At
	if m.Point != frame.PointFirstPacket {
		return nil
	}
	start, spoken := l.at[frame.PointSpeechEnd]
	if _, decided := l.at[frame.PointUserTurn]; !spoken || !decided {
		clear(l.at) // a greeting
		return nil
	}
	l.turn++
	turn := TurnLatency{Turn: l.turn, Points: make(map[frame.Point]time.Duration, len(l.at))}
	for p, at := range l.at {
		if p != frame.PointSpeechEnd {
			turn.Points[p] = at.Sub(start)
		}
	}
	clear(l.at)
	l.report(turn)
	return nil
}
