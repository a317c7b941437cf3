package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/format"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// maxFiles is how many files go with one answer.
const maxFiles = 16

// composition is an answer as the messages that carry it.
type composition struct {
	messages []graph.Message
	words    wording
	spares   map[int]*spare // what takes the place of files, by theirs
	missing  []string       // names of files that could not be uploaded
	first    int            // the place of the first message that says something of the words
	whole    bool           // that message says all of them
	names    []string       // of the files, for the conversation, if there are no words
}

// compose makes messages of an answer: its pictures, the reasoning if it is wanted, the text or a voice note, and its
// other files. What cannot be sent is left out and returned as errors.
func (o *messageOutput) compose(ctx context.Context, a answer) (c composition, faults []error) {
	var before, after []attached
	var names []string
	for i, f := range a.files {
		if i >= maxFiles {
			faults = append(faults, fmt.Errorf("whatsapp: %d files of an answer are left out; the limit is %d", len(a.files)-maxFiles, maxFiles))
			break
		}
		f = identified(f)
		messages, err := o.message.attach(ctx, f)
		switch {
		case err != nil:
			faults = append(faults, err)
			c.missing = append(c.missing, f.Name)
			continue
		case strings.HasPrefix(f.MIMEType, "image/"):
			before = append(before, attached{messages, f.Name})
		default:
			after = append(after, attached{messages, f.Name})
		}
		names = append(names, f.Name)
	}
	for _, f := range before {
		c.attach(f)
	}
	cfg := &o.message.bot.cfg
	if cfg.SendReasoning && !a.apology {
		c.messages = append(c.messages, inItalics(a.reasoning)...)
	}
	c.first = len(c.messages)
	c.words = cfg.wording(a.text)
	if a.apology {
		c.words = asWritten(cfg.apology(a.text))
		c.words.written = a.text // how to begin anew is not for the model
	}
	note, err := o.voiceNote(ctx, a)
	if err != nil {
		faults = append(faults, err)
	}
	switch {
	case note != nil:
		c.spare(&spare{messages: c.words.messages()})
		c.messages, c.whole = append(c.messages, note), true
	case len(a.choices.Options) > 0:
		c.offer(cfg, a)
	default:
		c.messages = append(c.messages, c.words.messages()...)
	}
	for _, f := range after {
		c.attach(f)
	}
	c.names = names
	return c, faults
}

// attached is a file as the messages that show it.
type attached struct {
	messages []graph.Message
	name     string
}

// attach adds a file.
func (c *composition) attach(f attached) {
	c.spare(&spare{file: f.name})
	c.messages = append(c.messages, f.messages...)
}

// spare sets what takes the place of the next message, if Meta does not take it.
func (c *composition) spare(s *spare) {
	if c.spares == nil {
		c.spares = make(map[int]*spare)
	}
	c.spares[len(c.messages)] = s
}

// note says which files the user got, and which not.
func (c composition) note(r receipt) string {
	var got, notes []string
	for _, n := range c.names {
		if !slices.Contains(r.missing, n) {
			got = append(got, n)
		}
	}
	if len(got) > 0 {
		notes = append(notes, "[sent: "+strings.Join(got, ", ")+"]")
	}
	if len(r.missing) > 0 {
		notes = append(notes, "[could not be sent: "+strings.Join(r.missing, ", ")+"]")
	}
	return strings.Join(notes, "\n")
}

// heard is what the user got, for the conversation.
func (c composition) heard(r receipt) string {
	if r.template != nil {
		return noteOf(*r.template)
	}
	n := max(0, r.done-c.first)
	switch {
	case blank(c.words.written) && len(r.ids) > 0:
		return c.note(r)
	case c.whole && n == 0:
		return ""
	case c.whole:
		return c.words.written
	}
	return c.words.accepted(n)
}

// offer adds the text with what there is to choose from below it. A text that is too long for that goes before.
func (c *composition) offer(cfg *Config, a answer) {
	ask := a.choices.Prompt
	if blank(ask) {
		ask = cfg.Texts.Choose
	}
	if blank(c.words.shown) {
		c.words = asWritten(ask)
	}
	body := c.words.shown
	short := body
	if graph.Units(body) > graph.MaxButtonsBodyUnits {
		short = ask
	}
	if m, ok := buttons(short, a.choices); ok {
		c.add(m, short == body)
		return
	}
	short = body
	if graph.Units(body) > graph.MaxListBodyUnits {
		short = ask
	}
	if m, ok := list(short, a.choices, cfg.Texts.Choices); ok {
		c.add(m, short == body)
		return
	}
	// Too many of them, or too long: they are written down, and the user writes what was chosen.
	c.words = cfg.wording(strings.TrimSpace(a.text + "\n\n" + written(a.choices)))
	c.messages = append(c.messages, c.words.messages()...)
}

// add adds a message with something to tap, which holds all the words or comes behind them.
func (c *composition) add(m graph.Message, whole bool) {
	if !whole {
		c.messages = append(c.messages, c.words.messages()...)
	}
	c.messages, c.whole = append(c.messages, m), whole
}

// inItalics makes one message of a model's reasoning: its beginning, if it is long.
func inItalics(reasoning string) []graph.Message {
	pieces := asWritten(format.Italic(reasoning)).messages()
	return pieces[:min(1, len(pieces))]
}

// attachError says which file could not be sent.
func attachError(f frame.Attachment, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("whatsapp: the file %q cannot be sent: %w", f.Name, err)
}
