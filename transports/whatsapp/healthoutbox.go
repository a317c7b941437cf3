package whatsapp

import (
	"fmt"
	"time"
)

// outgoing is how the outboxes of all lines are together: how many answers are being sent or wait for it, and how many messages Meta
// has refused because there were too many.
func (b *Bot) outgoing() (waiting, limited int64) {
	for _, l := range b.all() {
		s := l.outbox.state()
		waiting += int64(s.waiting)
		limited += s.limited
	}
	return waiting, limited
}

// pauses tells for which of the bot's numbers Meta has taken no messages for a while, one sentence for each.
func (b *Bot) pauses() (issues []string) {
	lines := b.all()
	for _, l := range lines {
		s := l.outbox.state()
		if s.until.IsZero() {
			continue
		}
		number := ""
		if len(lines) > 1 {
			number = " of the number with the id " + l.graph.PhoneNumberID()
		}
		issues = append(issues, fmt.Sprintf(
			"Meta wants no messages%s until %s, since there were too many: %s; then one is tried. Send fewer, or ask Meta for more throughput",
			number, s.until.UTC().Format(time.TimeOnly+" MST"), waitingText(s.waiting)))
	}
	return issues
}

func waitingText(n int) string {
	if n == 1 {
		return "1 answer waits"
	}
	return fmt.Sprintf("%d answers wait", n)
}
