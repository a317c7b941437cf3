package whatsapp

import (
	"context"
	"runtime/debug"
)

// Observer sees what happens to a bot, such as for metrics and traces; the packages prom and otel are observers.
//
// Observe is called by the goroutines that do the work, concurrently, one call's events in their order. So it must be
// quick, and it must not wait for the bot: hand over what takes time. A panic is logged and does no harm.
type Observer interface{ Observe(Event) }

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(Event)

// Observe calls f.
func (f ObserverFunc) Observe(e Event) { f(e) }

// observed says whether anybody looks. Without that, no event is made.
func (b *Bot) observed() bool { return len(b.cfg.Observers) > 0 }

// observe tells the observers. The bot's lock must not be held: an observer may ask for the bot's health.
func (b *Bot) observe(e Event) {
	for _, o := range b.cfg.Observers {
		b.tell(o, e)
	}
}

func (b *Bot) tell(o Observer, e Event) {
	defer func() {
		if v := recover(); v != nil {
			b.log.Error("panic in an observer", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	o.Observe(e)
}

// subjectKey is where the context of a call or message holds it, so that requests that are made for it can be told
// to be its.
type subjectKey struct{}

func withSubject(ctx context.Context, callOrMessage any) context.Context {
	return context.WithValue(ctx, subjectKey{}, callOrMessage)
}
