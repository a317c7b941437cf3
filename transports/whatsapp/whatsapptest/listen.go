package whatsapptest

import (
	"context"
	"fmt"
	"time"
)

// Speech returns the stretches in which the bot was heard so far, on the call's clock, by the arrival of its packets.
func (c *Call) Speech() []Span {
	spans, _ := c.media.ear.state()
	return spans
}

// WaitSpeech waits until the bot is heard at or after a time on the call's clock, and returns when that was.
// It fails with ErrEnded if the call ends.
func (c *Call) WaitSpeech(ctx context.Context, after time.Duration) (time.Duration, error) {
	for {
		spans, more := c.media.ear.state()
		if at, ok := speechAfter(spans, after); ok {
			return at, nil
		}
		select {
		case <-more:
		case <-c.done:
			return 0, fmt.Errorf("%w: %s", ErrEnded, c.Ending().Reason)
		case <-ctx.Done():
			return 0, fmt.Errorf("whatsapptest: wait for the bot to speak: %w", ctx.Err())
		}
	}
}

// WaitSilence waits until the bot has not been heard for a while, since the given time on the call's clock at the
// earliest, and returns when it was last heard; 0 if never.
func (c *Call) WaitSilence(ctx context.Context, since, quiet time.Duration) (time.Duration, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		spans, more := c.media.ear.state()
		var last time.Duration
		if n := len(spans); n > 0 {
			last = spans[n-1].End
		}
		// A packet's sound plays for 20 ms after it arrived, so the last end may lie in the future.
		left := max(last, since) + quiet - c.Clock()
		if left <= 0 {
			return last, nil
		}
		timer.Reset(left)
		select {
		case <-more:
		case <-timer.C:
		case <-c.done:
			return last, fmt.Errorf("%w: %s", ErrEnded, c.Ending().Reason)
		case <-ctx.Done():
			return last, fmt.Errorf("whatsapptest: wait for the bot to be silent: %w", ctx.Err())
		}
	}
}

// speechAfter finds the first sound at or after a time.
func speechAfter(spans []Span, after time.Duration) (time.Duration, bool) {
	for _, s := range spans {
		if s.End > after {
			return max(s.Start, after), true
		}
	}
	return 0, false
}

// Response is the time from the user's last sample of speech to the bot's first one after it: what the user
// waits. It is false if the bot was not heard since, or was speaking at that moment.
func (c *Call) Response(u Utterance) (time.Duration, bool) {
	for _, s := range c.Speech() {
		if s.End <= u.LastSpeech {
			continue
		}
		if s.Start <= u.LastSpeech {
			return 0, false
		}
		return s.Start - u.LastSpeech, true
	}
	return 0, false
}

// BargeIn is the time from the user's first sample of speech to the last sample that the bot, which was speaking,
// was heard with before it fell silent for at least quiet. It is false if the bot did not speak at that
// moment, or has not fallen silent.
func (c *Call) BargeIn(u Utterance, quiet time.Duration) (time.Duration, bool) {
	spans := c.Speech()
	for i, s := range spans {
		if s.End <= u.FirstSpeech {
			continue
		}
		next := c.Clock()
		if i+1 < len(spans) {
			next = spans[i+1].Start
		}
		if i > 0 && s.Start > u.FirstSpeech && s.Start-spans[i-1].End > quiet || i == 0 && s.Start > u.FirstSpeech {
			return 0, false
		}
		if next-s.End >= quiet {
			return s.End - u.FirstSpeech, true
		}
	}
	return 0, false
}
