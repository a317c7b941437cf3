package whatsapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// delivery is what goes to a user together: nothing else is sent to the user in between.
type delivery struct {
	line     *line
	to       webhook.User
	messages []graph.Message
	text     string         // what they say, for the template that may have to take their place
	spares   map[int]*spare // of messages that Meta may not like, by their place
	missing  []string       // names of files that are missing already
	of       stake          // nil if they belong to nothing
}

// receipt is what became of a delivery.
type receipt struct {
	ids      []string        // of what Meta took, in its order
	done     int             // how many of the messages are done with: Meta took them or what takes their place
	missing  []string        // names of files among them that it does not take
	template *graph.Template // was sent instead of all of them
}

// sendAll sends messages one after the other, until one fails.
func (b *Bot) sendAll(ctx context.Context, d delivery) (r receipt, err error) {
	p, err := d.line.outbox.open(ctx, d.line.users.id(d.to), addressOf(d.to), d.of)
	if err != nil {
		return r, err
	}
	defer p.close()
	turn := &sentTurn{line: d.line, to: d.to, text: d.text}
	r.missing = d.missing
	for i, m := range d.messages {
		id, err := p.send(ctx, m, d.of)
		var refused *graph.Error
		if i == 0 && errors.As(err, &refused) && refused.WindowClosed() {
			return b.deliverTemplate(ctx, p, turn, d.of, err)
		}
		substitute := d.spares[i]
		if substitute != nil && unfit(err) {
			b.log.Warn("Meta does not take a message for what is in it; the user gets a text instead", "to", d.to.String(), "err", err)
			var file string
			if file, err = d.sendSpare(ctx, p, substitute, func(id string) { r.ids = append(r.ids, b.noteSent(id, turn, nil)) }); file != "" {
				r.missing = append(r.missing, file)
			}
		} else if err == nil {
			r.ids = append(r.ids, b.noteSent(id, turn, substitute))
		}
		if err != nil {
			return r, err
		}
		r.done++
	}
	for _, m := range b.cfg.spareFiles(r.missing) {
		id, err := p.send(ctx, m, d.of)
		if err != nil {
			if r.done == 0 {
				return r, err
			}
			b.log.Warn("the user cannot be told of a file that is missing", "to", d.to.String(), "err", err)
			break
		}
		r.ids = append(r.ids, b.noteSent(id, turn, nil))
	}
	return r, nil
}

// deliverTemplate sends what the bot's owner wants users to get outside of the 24 hours. If that is nothing, the
// refusal stays.
func (b *Bot) deliverTemplate(ctx context.Context, p *post, turn *sentTurn, of stake, refusal error) (r receipt, err error) {
	if b.cfg.OnWindowClosed == nil || !turn.replaced.CompareAndSwap(false, true) {
		return r, refusal
	}
	t, ok := b.cfg.OnWindowClosed(ctx, turn.to, turn.text)
	if !ok {
		return r, refusal
	}
	id, err := p.send(ctx, t, of)
	if err != nil {
		return r, fmt.Errorf("the template %q could not be sent either: %w: %w", t.Name, err, refusal)
	}
	b.log.Info("a template was sent, since the 24 hours are over", "to", turn.to.String(), "template", t.Name)
	b.noteSent(id, turn, nil)
	return receipt{ids: []string{id}, done: 1, template: &t}, nil
}

// sendText sends a text to a user in as many messages as it needs, and returns how much of it Meta took, as it was
// written.
func (b *Bot) sendText(ctx context.Context, l *line, to webhook.User, w wording) (accepted string, err error) {
	r, err := b.sendAll(ctx, delivery{line: l, to: to, messages: w.messages(), text: w.written})
	return w.heard(r), err
}

// heard is what the user got of a text, for the conversation.
func (w wording) heard(r receipt) string {
	if r.template != nil {
		return noteOf(*r.template)
	}
	return w.accepted(r.done)
}

// noteOf says for the conversation what the user got instead of an answer.
func noteOf(t graph.Template) string {
	note := "[the user got the template " + t.Name
	for i, p := range t.Body {
		if i == 0 {
			note += ":"
		}
		note += " " + p.Text
	}
	return note + "]"
}

// addressOf is where a user gets messages: at the number, or at the business-scoped id if the number is hidden.
func addressOf(u webhook.User) graph.Address {
	return graph.Address{Phone: u.Phone, UserID: u.UserID}
}
