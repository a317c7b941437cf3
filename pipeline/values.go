package pipeline

import (
	"log/slog"
	"reflect"
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

// ID is the session's name; "" without WithID.
func (s *Session) ID() string { return s.opts.id }

// Logger is the session's logger.
func (s *Session) Logger() *slog.Logger { return s.log }

// Session is the session that the stage runs in.
func (e *Emitter) Session() *Session { return e.session }
