package pipeline

import "errors"

// Category tells what can be done about an error.
type Category uint8

// The categories of errors. Errors without one are Unknown.
const (
	Unknown   Category = iota
	Temporary          // the same may work a little later
	Permanent          // it will not work until somebody changes something, such as a key or a quota
	Misuse             // the program calls something in a way it must not
)

// String returns the category's name.
func (c Category) String() string {
	switch c {
	case Temporary:
		return "temporary"
	case Permanent:
		return "permanent"
	case Misuse:
		return "misuse"
	}
	return "unknown"
}

type categorized struct {
	error
	category Category
}

func (e *categorized) Unwrap() error { return e.error }

// WithCategory marks an error; nil stays nil.
func WithCategory(c Category, err error) error {
	if err == nil {
		return nil
	}
	return &categorized{error: err, category: c}
}

// CategoryOf returns the category that an error was marked with, or Unknown.
func CategoryOf(err error) Category {
	var c *categorized
	if errors.As(err, &c) {
		return c.category
	}
	return Unknown
}
