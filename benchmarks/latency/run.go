package latency

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/processors/conversation"
)

const (
	// patience is how long an answer may take.
	patience = 20 * time.Second
	// pauseBetween is how long both sides are silent between two turns.
	pauseBetween = 500 * time.Millisecond
	// soonest is the shortest response time that can be: most of the VAD's stop time. Sound before that belongs
	// to an answer that the bot began in a pause of the caller's.
	soonest = 120 * time.Millisecond
)

// sessionTurns is how many turns a session has.
const sessionTurns = 5

// ErrNoAnswer reports that the bot was not heard.
var ErrNoAnswer = errors.New("latency: the bot was not heard")

// Room measures turns of a bot without a transport. Each turn is one of the inputs, in their order, over and over.
// Every session has five turns; each begins with another distance between the clocks of microphone and loudspeaker.
func Room(ctx context.Context, bot Bot, inputs []Input, turns int) ([]report.Turn, error) {
	var all []report.Turn
	for n := 0; len(all) < turns; n++ {
		size := min(sessionTurns, turns-len(all))
		phase := time.Duration(n*7+3) * time.Millisecond % packet
		list, err := roomSession(ctx, bot, rotate(inputs, len(all)), size, phase)
		all = append(all, list...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// rotate returns the inputs from the nth on, and then the others.
func rotate(inputs []Input, n int) []Input {
	n %= len(inputs)
	return append(append([]Input{}, inputs[n:]...), inputs[:n]...)
}

func roomSession(ctx context.Context, bot Bot, inputs []Input, turns int, phase time.Duration) (list []report.Turn, err error) {
	r, p := newRoom(phase), &probe{}
	s, err := bot.pipeline(r, r.output, conversation.New(), p).Start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Drain(ctx)) }()
	for i := range turns {
		if err := until(ctx, s.Done(), func() bool { return r.idle() > pauseBetween }); err != nil {
			return list, err
		}
		in := inputs[i%len(inputs)]
		p.reset()
		r.say(in.PCM)
		select {
		case heard := <-r.sounds:
			// The facts are told to all stages at once, but each learns them when it is its turn.
			if err := until(ctx, s.Done(), p.complete); err != nil {
				return list, err
			}
			t := p.turn(in, r.lastSpoken(), heard)
			if err := check(t, p); err != nil {
				return list, err
			}
			list = append(list, t)
		case <-time.After(in.PCM.Duration() + patience):
			return list, fmt.Errorf("%w within %v after %s; %w", ErrNoAnswer, patience, in.Name, errors.Join(p.failures()...))
		case <-s.Done():
			return list, s.Wait()
		}
		s.Interrupt("measured") // the rest of the answer tells nothing more
	}
	return list, nil
}

// check refuses a turn that is not what it should be.
func check(t report.Turn, p *probe) error {
	if err := errors.Join(p.failures()...); err != nil {
		return fmt.Errorf("latency: %s: %w", t.Input, err)
	}
	if t.Total() < soonest {
		return fmt.Errorf("latency: %s: the bot spoke %v after the caller's last word, in the middle of the caller's speech",
			t.Input, t.Total())
	}
	return nil
}

// until waits for a condition, looking every few milliseconds, as long as the session goes on.
func until(ctx context.Context, done <-chan struct{}, holds func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-done:
			return fmt.Errorf("%w: the session ended", ErrNoAnswer)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
