package whatsapp

// forgetBeat takes the words of a heartbeat out of the conversation that nothing was sent to: nobody has said them, and the model
// would take them for a question that waits for its answer.
func (m *Message) forgetBeat() {
	if !m.Heartbeat() || m.talk == nil {
		return
	}
	if _, err := m.talk.Retract(m.bot.ctx, m.text); err != nil {
		m.log.Warn("a heartbeat to which nothing was sent stays in the conversation", "err", err)
	}
}
