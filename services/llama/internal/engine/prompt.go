package engine

import (
	"fmt"
	"slices"
	"strings"
)

// prompt turns messages into tokens. What people wrote is kept apart from the template around it: in their text, the
// names of control tokens are only text.
func (e *Engine) prompt(messages []Message) ([]int32, error) {
	masked := make([]Message, len(messages))
	for i, m := range messages {
		masked[i] = Message{m.Role, placeholder(i)}
	}
	text, ok := e.backend.Render(masked)
	if !ok {
		text = chatML(masked)
	}
	var tokens []int32
	add := func(text string, special bool) error {
		if text == "" {
			return nil
		}
		t, err := e.backend.Tokenize(text, special, len(tokens) == 0)
		tokens = append(tokens, t...)
		return err
	}
	for i, m := range messages {
		before, after, found := strings.Cut(text, placeholder(i))
		if !found {
			continue // the template leaves this message out
		}
		if err := add(before, true); err != nil {
			return nil, err
		}
		if err := add(m.Text, false); err != nil {
			return nil, err
		}
		text = after
	}
	if err := add(text, true); err != nil {
		return nil, err
	}
	return tokens, nil
}

// placeholder stands for the text of message i while the template is applied. Templates keep it as it is: it has no
// blanks to trim and no sign that means anything to them.
func placeholder(i int) string { return fmt.Sprintf("\x01%d\x02", i) }

// chatML is the format of models that bring no template.
func chatML(messages []Message) string {
	var b strings.Builder
	for _, m := range messages {
		b.WriteString("<|im_start|>" + m.Role + "\n" + m.Text + "<|im_end|>\n")
	}
	b.WriteString("<|im_start|>assistant\n")
	return b.String()
}

// forget is how many messages are dropped at once when a conversation has become too long. Dropping some more than
// needed keeps the beginning of the prompt, and so what the model has read, the same for the next few turns.
const forget = 8

// fit returns the prompt of a conversation that leaves room for an answer, without the oldest turns if need be, and
// the messages that are in it. The system message at the beginning and the examples stay.
func (e *Engine) fit(messages []Message, answer int) ([]int32, []Message, error) {
	room := e.opts.SlotTokens - answer
	head, messages := e.head(messages)
	var size int
	for _, drop := range drops(messages) {
		kept := append(head, messages[drop:]...)
		tokens, err := e.prompt(kept)
		if err != nil {
			return nil, nil, err
		}
		if size = len(tokens); 0 < size && size <= room {
			return tokens, kept, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: %d tokens, and there is room for %d", ErrTooLong, size, room)
}

// head splits a conversation into its constant beginning, which is the system message and the examples, and its
// turns.
func (e *Engine) head(messages []Message) (head, turns []Message) {
	n := 0
	if len(messages) > 0 && messages[0].Role == "system" {
		n = 1
	}
	head = slices.Concat(messages[:n], e.opts.Examples)
	return slices.Clip(head), messages[n:]
}

// drops lists how many of the oldest turns may be dropped, in the order to try: none, then in steps of forget, then
// one by one. What is left begins with a message of the user, if there is one.
func drops(turns []Message) []int {
	list := []int{0}
	coarse := 0
	for i, m := range turns {
		if i-coarse >= forget && m.Role == "user" {
			list, coarse = append(list, i), i
		}
	}
	for i, m := range turns {
		if i > coarse && m.Role == "user" {
			list = append(list, i)
		}
	}
	return list
}
