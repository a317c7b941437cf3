package processors

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

const (
	// DefaultPreRoll is how much audio before the start of speech the STT gets: the VAD hears a voice a little
	// after its first consonant.
	DefaultPreRoll = 300 * time.Millisecond
	// DefaultSTTTimeout is how long the text of an utterance may take after its end.
	DefaultSTTTimeout = 5 * time.Second
)

// STTOption configures the STT stage.
type STTOption func(*stt)

// WithPreRoll sets how much audio before the start of speech the STT gets.
func WithPreRoll(d time.Duration) STTOption { return func(s *stt) { s.preRoll = d } }

// WithSTTTimeout sets how long the text of an utterance may take after its end; then it is given up with what was
// understood so far.
func WithSTTTimeout(d time.Duration) STTOption { return func(s *stt) { s.timeout = d } }

// STT makes the stage that turns speech into Transcript frames: interim ones while the user speaks, and for every
// utterance exactly one final one, which is empty if nothing was understood. Recognition runs beside the stage, and
// it begins in each pause, before it is known whether the utterance is over: so the text is ready when the VAD says
// that it is.
func STT(engine services.STT, opts ...STTOption) pipeline.Stage {
	s := &stt{engine: engine, preRoll: DefaultPreRoll, timeout: DefaultSTTTimeout}
	for _, o := range opts {
		o(s)
	}
	return s
}

type stt struct {
	engine  services.STT
	preRoll time.Duration
	timeout time.Duration

	out     *pipeline.Emitter
	history []audio.PCM // the latest audio, to begin an utterance with what was before it
	from    frame.Position
	now     *utterance    // the one that is being spoken
	last    chan struct{} // closed when the final transcript before the next utterance's is out
	all     sync.WaitGroup
}

// historyLength is how far back a start can lie: the pre-roll and the time that the VAD takes to be sure.
const historyLength = time.Second

func (s *stt) Wire(w *pipeline.Wiring) {
	w.Name("stt" + engineName(s.engine))
	pipeline.Makes[frame.Transcript](w)
	pipeline.On(w, s.audio)
	pipeline.On(w, s.edge)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		s.out = out
		s.last = make(chan struct{})
		close(s.last)
		return nil
	})
	w.OnStop(func(context.Context) error {
		s.all.Wait() // the session's context has ended, so they end
		return nil
	})
}

func (s *stt) audio(_ context.Context, f frame.AudioIn, out *pipeline.Emitter) error {
	s.remember(f)
	if s.now != nil {
		s.now.write(f.PCM)
	}
	return out.Push(f)
}

// remember keeps the last second of audio.
func (s *stt) remember(f frame.AudioIn) {
	if len(s.history) == 0 {
		s.from = f.At
	}
	s.history = append(s.history, f.PCM)
	var d time.Duration
	for _, p := range s.history {
		d += p.Duration()
	}
	for len(s.history) > 1 && d-s.history[0].Duration() >= max(historyLength, s.preRoll+historyLength/2) {
		d -= s.history[0].Duration()
		s.from += frame.Position(s.history[0].Len())
		s.history = append(s.history[:0], s.history[1:]...)
	}
}

func (s *stt) edge(ctx context.Context, e frame.SpeechEdge, out *pipeline.Emitter) error {
	switch e.Kind {
	case frame.SpeechStart:
		s.begin(e)
	case frame.SpeechPause:
		if s.now != nil {
			s.now.flush()
		}
	case frame.SpeechStop:
		if s.now != nil {
			s.now.end(e.At)
			s.now = nil
		}
	}
	return out.Push(e)
}

// begin opens an utterance with the audio since a little before its start.
func (s *stt) begin(e frame.SpeechEdge) {
	if len(s.history) == 0 {
		return
	}
	format := s.history[0].Format
	ctx, cancel := context.WithCancel(s.out.Context())
	u := &utterance{stage: s, cancel: cancel, start: e.At, ended: make(chan struct{}), before: s.last, done: make(chan struct{})}
	s.last = u.done
	at, start := s.from, max(s.from, e.At-frame.Position(format.Samples(s.preRoll)))
	var opening []audio.PCM
	for _, p := range s.history {
		end := at + frame.Position(p.Len())
		if skip := int(start - at); skip > 0 {
			p.Samples = p.Samples[min(skip, len(p.Samples)):]
		}
		if len(p.Samples) > 0 {
			opening = append(opening, p)
		}
		at = end
	}
	t, err := s.engine.Open(ctx, format)
	if err == nil {
		u.t = t
		for _, p := range opening {
			u.write(p)
		}
	} else {
		u.fail(fmt.Errorf("stt: open: %w", err))
	}
	s.now = u
	s.all.Go(func() { u.collect(ctx) }) // ends with the final transcript or the session
}
