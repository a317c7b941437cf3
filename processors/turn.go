package processors

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// DefaultConfirm is how long after SpeechStarted the user must go on to interrupt the bot even before any words are
// known. The VAD's stop time is part of it: with the defaults it takes half a second of speech. The bot is silent
// all the while.
const DefaultConfirm = 500 * time.Millisecond

// TurnOption configures the Turn stage.
type TurnOption func(*turn)

// WithConfirm sets how long after SpeechStarted the user must go on to interrupt the bot without words.
func WithConfirm(d time.Duration) TurnOption { return func(t *turn) { t.confirm = d } }

// Turn makes the stage that decides when the user wants an answer and when the bot must be silent.
//
// The bot holds its breath as soon as the user probably speaks. It goes on from the same sample if that was
// nothing, or speech without words; it is interrupted when the user says words or goes on speaking. When the
// speech stops and has words, a UserTurn is pushed.
//
//	Idle --likely--> Listening --started--> Speaking --stopped--> Pausing --words--> Idle (committed)
//	                     '--unlikely--> Idle (resumed)               '-----no words--> Idle (resumed)
//
// Every state has a way back to Idle: the VAD takes back or ends what it found, and the STT gives one final
// transcript for every utterance, if only an empty one at its deadline.
func Turn(opts ...TurnOption) pipeline.Stage {
	t := &turn{confirm: DefaultConfirm}
	for _, o := range opts {
		o(t)
	}
	return t
}

type turnState uint8

const (
	idle      turnState = iota
	listening           // the user probably speaks
	talking             // the user speaks
	pausing             // the user stopped; the final transcript is on its way
)

type turn struct {
	confirm time.Duration

	mu      sync.Mutex // the confirmation timer calls in from its own goroutine
	out     *pipeline.Emitter
	state   turnState
	pending bool        // a UserTurn is being answered, and nothing of the answer was played yet
	playing bool        // the user hears the bot
	unheard int         // utterances whose final transcript has not come yet
	timer   *time.Timer // runs while the user speaks over the bot
}

func (t *turn) Wire(w *pipeline.Wiring) {
	w.Name("turn")
	pipeline.Makes[frame.UserTurn](w)
	pipeline.On(w, t.likely)
	pipeline.On(w, t.unlikely)
	pipeline.On(w, t.started)
	pipeline.On(w, t.stopped)
	pipeline.On(w, t.playback)
	pipeline.On(w, t.interrupted)
	pipeline.On(w, t.transcript)
	pipeline.OnOptional(w, t.keys)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		t.out = out
		return nil
	})
	w.OnStop(func(context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stopTimer()
		t.state = idle
		return nil
	})
}

// likely lets the bot hold its breath.
func (t *turn) likely(_ context.Context, _ frame.SpeechLikely, out *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == idle {
		t.state = listening
	}
	out.Pause()
	return nil
}

// unlikely lets it go on.
func (t *turn) unlikely(_ context.Context, _ frame.SpeechUnlikely, out *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == listening {
		t.state = idle
	}
	t.resumeIfQuiet(out)
	return nil
}

func (t *turn) started(_ context.Context, _ frame.SpeechStarted, out *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = talking
	t.unheard++
	out.Pause()
	t.stopTimer()
	t.timer = time.AfterFunc(t.confirm, func() { t.confirmed() }) // stopped with the speech or the stage
	return nil
}

// confirmed interrupts the bot: the user goes on speaking over it.
func (t *turn) confirmed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == talking && t.interrupt(t.out, "the user goes on speaking") {
		t.out.Pause() // the new generation must not speak into the user's words either
	}
}

// interrupt kills the response that is being made or played, if there is one.
func (t *turn) interrupt(out *pipeline.Emitter, reason string) bool {
	if !t.pending && !t.playing {
		return false
	}
	t.pending, t.playing = false, false
	out.Interrupt(reason)
	return true
}

func (t *turn) stopped(_ context.Context, _ frame.SpeechStopped, _ *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopTimer()
	if t.state == talking {
		t.state = pausing
	}
	return nil
}

// playback keeps track of whether there is a response to interrupt.
func (t *turn) playback(_ context.Context, f frame.Playback, _ *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.Interrupted {
		return nil // whoever interrupted it has noted that
	}
	if f.State == frame.PlaybackStarted || !t.playing {
		t.pending = false // it is heard from now on, or had nothing to say
	}
	t.playing = f.State == frame.PlaybackStarted
	return nil
}

// interrupted notes that somebody else killed the response.
func (t *turn) interrupted(context.Context, pipeline.Interrupted, *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending, t.playing = false, false
	return nil
}

// transcript decides, when the final text of an utterance is there. This is the place for everything that
// shall make that decision cleverer.
func (t *turn) transcript(_ context.Context, f frame.Transcript, out *pipeline.Emitter) error {
	if err := out.Push(f); err != nil || !f.Final {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unheard = max(0, t.unheard-1)
	if t.state == pausing && t.unheard == 0 {
		t.state = idle
	}
	text := strings.TrimSpace(f.Text)
	if text == "" {
		out.Logger().Debug("turn: phantom: speech without words")
		t.resumeIfQuiet(out)
		return nil
	}
	t.interrupt(out, "the user said something else")
	t.pending = true
	if t.state == idle {
		out.Resume()
	} else {
		out.Pause() // the user is speaking again already
	}
	out.Logger().Debug("turn: committed")
	if err := out.Push(frame.Metrics{Point: frame.PointUserTurn, At: time.Now()}); err != nil {
		return err
	}
	return out.Push(frame.UserTurn{Text: text, Via: "call"})
}

// keys notes a turn that another stage decided, such as DTMF, or that came in writing, so that it can be interrupted like any other.
func (t *turn) keys(_ context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	reason := "the user pressed keys"
	if f.Via == "text" {
		reason = "the user wrote"
	}
	t.interrupt(out, reason)
	t.pending = true
	if t.state != idle {
		out.Pause() // the user is speaking, too
	}
	return out.Push(f)
}

// resumeIfQuiet lets the bot go on if the user does not speak and nothing of what was said is still to be read.
func (t *turn) resumeIfQuiet(out *pipeline.Emitter) {
	if t.state == idle && t.unheard == 0 {
		out.Resume()
	}
}

func (t *turn) stopTimer() {
	if t.timer != nil {
		t.timer.Stop()
	}
}
