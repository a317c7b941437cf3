package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// enough is the share of the bot's words that must be found again in its sound: synthetic speech after a
// telephone codec is not understood to the last name.
const enough = 0.6

// verifyAudio listens once more to what came in at the caller's end, with a transcription that knows nothing of
// the bot, and holds it against what the bot says that it said.
func (p *play) verifyAudio(ctx context.Context) {
	stt, closeSTT, err := p.listen()
	if err != nil {
		p.report.fail("listening to the bot", err)
		return
	}
	defer func() { _ = closeSTT() }()
	heard := p.call.Heard()
	p.report.GreetingHeardAs = p.compare(ctx, stt, "greeting", p.report.Greeting, stretch(heard, p.greetingSpan()))
	for i := range p.report.Turns {
		turn := &p.report.Turns[i]
		span := turn.answer
		if span.Start == 0 {
			continue
		}
		if turn.Interrupted && i+1 < len(p.report.Turns) {
			span.End = p.lastSound(p.report.Turns[i+1].answer.Start)
		}
		turn.SaidHeardAs = p.compare(ctx, stt, fmt.Sprintf("turn %d", i+1), turn.Said, stretch(heard, span))
	}
}

// compare transcribes and fails the step if the words are not those that the bot claims.
func (p *play) compare(ctx context.Context, stt services.STT, step, said string, pcm audio.PCM) string {
	text, err := transcribe(ctx, stt, pcm)
	if err != nil {
		p.report.fail(step, fmt.Errorf("listening to the bot: %w", err))
		return ""
	}
	if share := agreement(said, text); share < enough {
		p.report.fail(step, fmt.Errorf("the bot says that it said %q; what came in sounds like %q", said, text))
	}
	return text
}

// greetingSpan is everything that was heard before the first answer.
func (p *play) greetingSpan() whatsapptest.Span {
	span := whatsapptest.Span{End: p.call.Clock()}
	if len(p.report.Turns) > 0 {
		span.End = p.report.Turns[0].answer.Start
	}
	return span
}

// lastSound is when the bot's last sound before a moment ended.
func (p *play) lastSound(before time.Duration) time.Duration {
	var end time.Duration
	for _, s := range p.call.Speech() {
		if s.Start < before {
			end = s.End
		}
	}
	return end
}

// stretch cuts a span out of a recording, with a little room.
func stretch(pcm audio.PCM, span whatsapptest.Span) audio.PCM {
	const room = 200 * time.Millisecond
	from := min(max(0, pcm.Format.Samples(span.Start-room)), len(pcm.Samples))
	to := min(max(from, pcm.Format.Samples(span.End+room)), len(pcm.Samples))
	return audio.PCM{Format: pcm.Format, Samples: pcm.Samples[from:to]}
}

// transcribe reads a recording whole.
func transcribe(ctx context.Context, stt services.STT, pcm audio.PCM) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	t, err := stt.Open(ctx, pcm.Format)
	if err != nil {
		return "", err
	}
	defer func() { _ = t.Close() }()
	if err := t.Write(pcm); err != nil {
		return "", err
	}
	if err := t.Flush(); err != nil {
		return "", err
	}
	var text string
	for {
		select {
		case r, ok := <-t.Results():
			switch {
			case !ok:
				return text, fmt.Errorf("the transcription ended early")
			case r.Err != nil:
				return text, r.Err
			}
			if r.Start == 0 {
				text = r.Text
			} else {
				text += " " + r.Text
			}
			if r.End >= pcm.Len() {
				return text, nil
			}
		case <-ctx.Done():
			return text, ctx.Err()
		}
	}
}
