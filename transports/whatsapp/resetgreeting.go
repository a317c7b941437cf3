package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// DefaultResetGreeting asks an agent to greet a user as its instructions say.
const DefaultResetGreeting = "The user begins a new conversation. Greet the user in one or two short sentences, as your instructions say."

// greetingLimit is how long the agent may take to greet a user; then the fixed text does.
const greetingLimit = 30 * time.Second

// origin says whose words a Message holds.
type origin uint8

const (
	byUser      origin = iota
	byHeartbeat        // of Config.Heartbeat: no message of the user is behind it
	byReset            // of Config.ResetGreeting: the user's message was the command, which the agent must not see
)

// via is how the message came, for the conversation.
func (o origin) via() string {
	return [...]string{byUser: "text", byHeartbeat: "heartbeat", byReset: "reset"}[o]
}

// greets turns a reset command into what the agent is told to greet the user. It reports false if the agent is not to.
// The arrival remains the command, in case that it has to be answered once more.
func (b *Bot) greets(m *Message) bool {
	if b.cfg.ResetGreeting == "" {
		return false
	}
	b.mu.Lock() // whoever wants to supersede the answer looks at the origin
	defer b.mu.Unlock()
	m.origin, m.text = byReset, b.cfg.ResetGreeting
	m.event.Text = m.text
	return true
}

// greeted reports whether the user got a greeting, or may have got one, of a handler that returned err.
func (m *Message) greeted(err error) bool {
	return m.progress.Load() == sending && (err == nil || graph.OutcomeUnknown(err) || m.output.sent.Load() > 0)
}
