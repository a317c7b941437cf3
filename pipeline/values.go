package pipeline

import (
	"log/slog"
	"reflect"
	"time"
)

// WithID names the session, such as by the id of its call; it is in all its log lines.
func WithID(id string) Option { return func(o *options) { o.id = id } }

// WithValue gives the session a resource of the application, such as a database, by its type. Stages find it with
// Value.
func WithValue[T any](v T) Option {
	return func(o *options) {
		values := make(map[reflect.Type]any, len(o.values)+1)
		for t, other := range o.values {
			values[t] = other
		}
		values[reflect.TypeFor[T]()] = v
		o.values = values
	}
}

// Value returns the session's resource of type T.
func Value[T any](s *Session) (v T, ok bool) {
	v, ok = s.opts.values[reflect.TypeFor[T]()].(T)
	return v, ok
}

// WithClock sets the clock by which the session's stages date what they record, such as the messages of a
// conversation; without it that is time.Now. Waiting and measuring are not its business: in tests they run in virtual
// time, by testing/synctest.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// Now is the time of day by the session's clock.
func (s *Session) Now() time.Time {
	if s.opts.clock == nil {
		return time.Now()
	}
	return s.opts.clock()
}

// ID is the session's name; "" without WithID.
func (s *Session) ID() string { return s.opts.id }

// Logger is the session's logger.
func (s *Session) Logger() *slog.Logger { return s.log }

// Session is the session that the stage runs in.
func (e *Emitter) Session() *Session { return e.session }
