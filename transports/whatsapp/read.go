package whatsapp

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// readingAtOnce is how many messages of one turn are read at the same time.
const readingAtOnce = 4

// prepare finds out what the messages of a turn say, tells the user of those that cannot be read, and reports whether
// anything is left for the handler. What was read is kept with the messages, should they be part of the next turn.
func (b *Bot) prepare(ctx context.Context, m *Message) (wanted bool, err error) {
	if m.origin == byReset {
		return true, nil // these are the bot's own words
	}
	said := m.talk.Snapshot().Messages
	var wg sync.WaitGroup
	if m.recalled = b.recalled(m, said); len(m.recalled) > 0 {
		wg.Go(func() { b.recall(ctx, m) }) // ends soon after ctx, and has a limit of its own
	}
	slots := make(chan struct{}, readingAtOnce)
	for i := range m.arrivals {
		a := &m.arrivals[i]
		if a.content != nil || silent(a.event) {
			continue
		}
		wg.Go(func() { // ends when it is read, or soon after ctx
			slots <- struct{}{}
			defer func() { <-slots }()
			a.content = b.read(ctx, m, a.event)
		})
	}
	wg.Wait()
	var texts, notices []string
	for _, a := range m.arrivals {
		c := a.content
		switch {
		case silent(a.event):
			texts = append(texts, reacted(a.event, said))
			continue
		case c == nil:
			return false, context.Cause(ctx)
		case c.notice != "" && !slices.Contains(notices, c.notice):
			notices = append(notices, c.notice)
		}
		m.voice = m.voice || c.voice
		m.images = append(m.images, c.images...)
		if c.text == "" {
			continue
		}
		wanted = true
		if r := references(a.event, said); r != "" {
			texts = append(texts, r)
		}
		texts = append(texts, c.text)
	}
	if len(m.images) > maxPictures {
		m.images = m.images[len(m.images)-maxPictures:]
	}
	m.text = strings.Join(texts, "\n")
	if len(notices) > 0 {
		if _, err := m.send(ctx, asWritten(strings.Join(notices, "\n"))); err != nil {
			return false, err
		}
	}
	return wanted, nil
}

// unseen returns the pictures of a turn that was superseded when its text was in the conversation already, and its
// messages will not come again: the next answer is to them, too.
func (m *Message) unseen(again []arrival) []frame.Image {
	if m.progress.Load() == superseded && len(again) == 0 {
		return m.images
	}
	return nil
}

// via is how a turn came, for the conversation.
func (m *Message) via() string {
	if m.voice {
		return "voice"
	}
	return m.origin.via()
}

// refs are the ids of the messages of a turn.
func (m *Message) refs() (ids []string) {
	for _, a := range m.arrivals {
		if a.event.ID != "" {
			ids = append(ids, a.event.ID)
		}
	}
	return ids
}

// mute reports whether nothing in a turn wants an answer.
func (m *Message) mute() bool {
	for _, a := range m.arrivals {
		if !silent(a.event) {
			return false
		}
	}
	return true
}

// remember puts what wants no answer into the conversation, for the next turn.
func (b *Bot) remember(ctx context.Context, m *Message) error {
	talk, err := m.line.users.open(ctx, b.book, m.event.User)
	if err != nil {
		return err
	}
	said := talk.Snapshot().Messages
	var texts []string
	for _, a := range m.arrivals {
		texts = append(texts, reacted(a.event, said))
	}
	_, err = talk.Append(ctx, services.Message{Role: services.User, Text: strings.Join(texts, "\n"), Via: "text", At: m.event.Time, Refs: m.refs()})
	return err
}
