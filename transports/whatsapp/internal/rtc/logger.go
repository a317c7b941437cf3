package rtc

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggerFactory sends pion's warnings and errors to slog, at debug level: what matters about a call is told by
// its owner, and addresses of users do not belong in logs. Everything else, such as SDP, is dropped.
type loggerFactory struct{ log *slog.Logger }

func (f loggerFactory) NewLogger(scope string) logging.LeveledLogger {
	if f.log == nil {
		return logger{slog.New(slog.DiscardHandler)}
	}
	return logger{f.log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) Trace(string)                 {}
func (l logger) Tracef(string, ...any)        {}
func (l logger) Debug(string)                 {}
func (l logger) Debugf(string, ...any)        {}
func (l logger) Info(string)                  {}
func (l logger) Infof(string, ...any)         {}
func (l logger) Warn(msg string)              { l.log.Debug(msg) }
func (l logger) Warnf(f string, args ...any)  { l.log.Debug(fmt.Sprintf(f, args...)) }
func (l logger) Error(msg string)             { l.log.Debug(msg) }
func (l logger) Errorf(f string, args ...any) { l.log.Debug(fmt.Sprintf(f, args...)) }
