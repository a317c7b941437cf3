package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/internal/caller"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	// tellingTime is how long the bot's events may lag behind its sound.
	tellingTime = 5 * time.Second
	// answerTime is how long one answer may take to be spoken.
	answerTime = 45 * time.Second
)

// talk is the call.
func (p *play) talk(ctx context.Context) error {
	p.screen.title("The call")
	call, err := p.e.Call(ctx, p.user)
	if err != nil {
		return err
	}
	p.call, p.report.CallID = call, call.ID()
	p.screen.begin(call.Timings().Ring)
	defer p.screen.begin(time.Time{})
	conversation := caller.NewConversation(call)
	conversation.Quiet = p.quiet
	err = p.exchange(ctx, conversation)
	hangUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if hangErr := call.HangUp(hangUp); hangErr != nil && ctx.Err() == nil {
		p.report.fail("hang up", hangErr)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.screen.row(blue, "caller", "hangs up")
	if _, endErr := p.bot.diary.wait(hangUp, 0, "that the call ended", func(e botEvent) bool { return e.Event == "call_ended" }); endErr != nil {
		p.report.fail("end of the call", endErr)
	}
	p.settle(call)
	return err
}

// exchange is the call from the ring to the last answer.
func (p *play) exchange(ctx context.Context, c *caller.Conversation) error {
	accepting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := c.Call.WaitAccepted(accepting); err != nil {
		return fmt.Errorf("the bot did not accept the call: %w", err)
	}
	t := c.Call.Timings()
	p.report.RingToAccept = caller.Milliseconds(t.Accept.Sub(t.Ring))
	p.screen.row(blue, "caller", "rings; the bot accepts after %.0f ms", *p.report.RingToAccept)
	if _, err := c.Listen(ctx, 0); err != nil {
		return fmt.Errorf("the greeting: %w", err)
	}
	t = c.Call.Timings()
	p.report.AcceptToFirstPacket = caller.Milliseconds(t.FirstPacket.Sub(t.Accept))
	p.report.AcceptToFirstAudio = caller.Milliseconds(t.FirstSpeech.Sub(t.Accept))
	greeting, err := p.said(ctx, 0)
	if err != nil {
		p.report.fail("greeting", err)
	}
	p.report.Greeting = greeting.Text
	p.screen.row(yellow, "latency", "greeting %.0f ms after accept", *p.report.AcceptToFirstAudio)
	return p.turns(ctx, c)
}

// turns goes through the script. A line that is followed by an interruption is not answered to its end; if the bot
// has too little to say for that, the caller asks for more.
func (p *play) turns(ctx context.Context, c *caller.Conversation) error {
	for i := 0; i < len(p.lines); i++ {
		l := p.lines[i]
		cutOff := i+1 < len(p.lines) && p.lines[i+1].bargeIn
		mark := p.bot.diary.mark()
		p.screen.row(blue, "caller", "%q (%s voice, %s)", l.text, l.voice, l.source)
		spoken, err := p.speak(ctx, c, l, cutOff)
		if cutOff && errors.Is(err, caller.ErrNotSpeaking) && len(p.spare) > 0 {
			cutOff, err = false, c.Hear(ctx, &spoken)
			p.lines = slices.Insert(p.lines, i+1, p.spare[0])
			p.spare = p.spare[1:]
		}
		step := fmt.Sprintf("turn %d", i+1)
		turn := Turn{Voice: l.voice, Source: l.source, Spoken: l.text, Interrupted: cutOff, Stages: map[string]float64{}}
		switch {
		case err != nil && !errors.Is(err, caller.ErrNotSpeaking):
			p.report.Turns = append(p.report.Turns, turn)
			return fmt.Errorf("%s: %w", step, err)
		case err != nil:
			p.report.fail(step, err)
		case spoken.Overlap:
			p.report.fail(step, errors.New("the bot began to answer before the caller had finished"))
		}
		if err := p.account(ctx, &turn, mark, cutOff); err != nil {
			p.report.fail(step, err)
		}
		if !cutOff { // what is over for the caller may have been a pause between two sentences
			if spoken.Answer.End, err = c.Call.WaitSilence(ctx, 0, p.quiet); err != nil {
				return fmt.Errorf("%s: %w", step, err)
			}
		}
		p.measure(&turn, spoken)
		p.report.Turns = append(p.report.Turns, turn)
	}
	return nil
}

// speak says a line and listens: to the whole answer, or until the bot is well into it.
func (p *play) speak(ctx context.Context, c *caller.Conversation, l line, cutOff bool) (caller.Turn, error) {
	switch {
	case l.bargeIn:
		return c.Interrupt(ctx, l.clip)
	case !cutOff:
		return c.Ask(ctx, l.clip)
	}
	turn, err := c.Begin(ctx, l.clip)
	if err != nil {
		return turn, err
	}
	if err := c.WaitSpeaking(ctx, turn.Said.LastSpeech, p.story); err != nil {
		return turn, err
	}
	response, ok := c.Call.Response(turn.Said)
	turn.Response, turn.Overlap = response, !ok
	turn.Answer.Start = turn.Said.LastSpeech + response
	return turn, nil
}

// account fills in what the bot tells of a turn. What was said in a turn that is cut off comes with the next.
func (p *play) account(ctx context.Context, turn *Turn, mark int, cutOff bool) error {
	telling, cancel := context.WithTimeout(ctx, tellingTime)
	defer cancel()
	if _, err := p.bot.diary.wait(telling, mark, "what it heard", func(e botEvent) bool { return e.Event == "heard" && e.Final && e.Text != "" }); err != nil {
		return err
	}
	var heard []string
	for _, e := range p.bot.diary.since(mark, "heard") {
		if e.Final && e.Text != "" {
			heard = append(heard, e.Text)
		}
	}
	turn.Heard = strings.Join(heard, " ")
	if _, err := p.bot.diary.wait(telling, mark, "its latency", func(e botEvent) bool { return e.Event == "latency" }); err != nil {
		return err
	}
	latencies := p.bot.diary.since(mark, "latency")
	turn.Stages = latencies[len(latencies)-1].Stages
	if cutOff {
		return nil
	}
	n := len(p.report.Turns)
	if n > 0 && p.report.Turns[n-1].Interrupted { // the end of the answer that this turn cut off comes first
		cut, err := p.said(ctx, mark)
		if err != nil {
			return err
		}
		p.report.Turns[n-1].Said = cut.Text
		if !cut.Interrupted {
			return errors.New("the bot says that its answer was not interrupted")
		}
	}
	said, err := p.lastSaid(ctx, mark)
	turn.Said = said
	return err
}

// said waits for the first thing that the bot tells it said behind a mark.
func (p *play) said(ctx context.Context, mark int) (botEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, tellingTime)
	defer cancel()
	return p.bot.diary.wait(ctx, mark, "what it said", func(e botEvent) bool { return e.Event == "said" })
}

// lastSaid waits for what the bot said to its end, and joins all of it behind the mark but interrupted answers.
func (p *play) lastSaid(ctx context.Context, mark int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	_, err := p.bot.diary.wait(ctx, mark, "what it said", func(e botEvent) bool { return e.Event == "said" && !e.Interrupted })
	var texts []string
	for _, e := range p.bot.diary.since(mark, "said") {
		if !e.Interrupted {
			texts = append(texts, e.Text)
		}
	}
	return strings.Join(texts, " "), err
}

// measure takes over the times of a turn and prints them.
func (p *play) measure(turn *Turn, spoken caller.Turn) {
	turn.answer = spoken.Answer
	if spoken.Response > 0 {
		turn.Response = caller.Milliseconds(spoken.Response)
		p.screen.row(yellow, "latency", "%.0f ms from last word to answer: %s", *turn.Response, stageText(turn.Stages))
	}
	if spoken.BargeIn > 0 {
		p.report.BargeIn = caller.Milliseconds(spoken.BargeIn)
		p.screen.row(yellow, "barge-in", "%.0f ms from the caller's first word to the bot's silence", *p.report.BargeIn)
	}
}

// settle writes the recording and notes what the emulator saw.
func (p *play) settle(call *whatsapptest.Call) {
	for _, v := range call.Violations() {
		p.report.ViolationsOfProtocol = append(p.report.ViolationsOfProtocol, v.Detail)
		p.report.fail("WhatsApp's protocol", errors.New(v.Detail))
	}
	recording := call.Recording()
	if recording.Len() == 0 {
		p.report.fail("recording", errors.New("there was no media to record"))
		return
	}
	if err := p.o.Save(p.o.WAV, recording); err != nil {
		p.report.fail("recording", err)
		return
	}
	p.report.Recording = p.o.WAV
}
