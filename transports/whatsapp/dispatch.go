package whatsapp

import (
	"runtime/debug"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// dispatch hands the events of a batch to those who handle them, and returns how many were taken. It does not
// wait for any of them, but for the journal, which gets the messages first. With an error, the batch must come again.
func (b *Bot) dispatch(batch webhook.Batch) (taken int, err error) {
	var offers []*offer
	for _, e := range batch.Events {
		if b.take(e, &offers) {
			taken++
		}
	}
	n, err := b.accept(offers)
	return taken + n, err
}

// take hands over one event, or adds it to the offers if it is a message to be answered. A panic is this event's alone.
func (b *Bot) take(e webhook.Event, offers *[]*offer) (taken bool) {
	defer func() {
		if v := recover(); v != nil {
			b.log.Error("panic while handling an event", "panic", v, "stack", string(debug.Stack()))
			taken = false
		}
	}()
	switch e := e.(type) {
	case *webhook.Connect:
		l := b.lineOf(e.Metadata)
		if l != nil {
			b.meet(e.User)
		}
		switch {
		case l == nil || e.CallID == "":
			return false
		case e.Direction == webhook.BusinessInitiated:
			return b.follow(e.CallID, e.Metadata, e)
		case e.Direction != webhook.UserInitiated:
			return false
		}
		return b.ring(l, e)
	case *webhook.Terminate:
		return e.CallID != "" && b.hangUp(e)
	case *webhook.Message:
		if l := b.lineOf(e.Metadata); l != nil && !b.replayed(e) {
			b.meet(e.User)
			if o := b.consider(l, e); o != nil {
				*offers = append(*offers, o)
			}
			return b.heardVoicemail(e)
		}
	case *webhook.Permission:
		l := b.lineOf(e.Metadata)
		if l == nil {
			return false
		}
		b.meet(e.User)
		return b.answered(l, e)
	case *webhook.Status:
		b.stats.statuses.Add(1)
		if e.Call {
			return e.ID != "" && b.follow(e.ID, e.Metadata, e)
		}
		b.noteStatus(e)
	case *webhook.Other:
		b.stats.others.Add(1)
		for _, fault := range e.Errors {
			b.log.Warn("Meta reports a problem", "field", e.Field, "err", fault)
		}
	}
	return false
}
