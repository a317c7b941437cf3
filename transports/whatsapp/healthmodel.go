package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

const (
	// modelDownAfter is how many answers in a row must fail for the model until the bot counts as degraded.
	modelDownAfter = 3
	// maxReason is how much of an error health shows, in characters.
	maxReason = 200
)

// ModelHealth is how the language model of calls and messages answers, as far as processors.LLM asks it.
type ModelHealth struct {
	// FailuresInARow counts the last answers that the model did not give, or not to their end.
	FailuresInARow int `json:"failures_in_a_row"`
	// LastError is why the last of them failed, and when; "" and null before the first.
	LastError   string     `json:"last_error"`
	LastErrorAt *time.Time `json:"last_error_at"`
}

// issue says what is wrong; "" if nothing is.
func (m ModelHealth) issue() string {
	if m.FailuresInARow < modelDownAfter {
		return ""
	}
	return fmt.Sprintf("the language model has failed %d times in a row: %s; the log has all of it", m.FailuresInARow, m.LastError)
}

// modelWatch follows how the model's answers end. It is safe for concurrent use, and its zero value is ready for it.
type modelWatch struct {
	mu     sync.Mutex
	health ModelHealth
}

// failure counts a Failure, if it is of the model.
func (m *modelWatch) failure(f pipeline.Failure) (is bool) {
	if f.Stage != "llm" && !strings.HasPrefix(f.Stage, "llm(") || errors.Is(f.Err, context.Canceled) {
		return false
	}
	at := time.Now().UTC().Truncate(time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.health = ModelHealth{m.health.FailuresInARow + 1, reasonOf(f.Err), &at}
	return true
}

func (m *modelWatch) success() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.health.FailuresInARow = 0
}

func (m *modelWatch) get() ModelHealth {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.health
}

var (
	// addresses may hold passwords, and the questions behind them keys.
	addresses = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"']+`)
	// secrets are what may be a key or the number of a telephone.
	secrets = regexp.MustCompile(`[A-Za-z0-9_\-+/=.]*[0-9][A-Za-z0-9_\-+/=.]*`)
)

// isSecret reports whether what has a digit in it is rather a key or a number than a name.
func isSecret(s string) bool {
	digits := 0
	for _, r := range s {
		if '0' <= r && r <= '9' {
			digits++
		}
	}
	return len(s) >= 20 || digits >= 7
}

// reasonOf says why something failed, for a page that more people see than the log: the error's own Summary if it has one, else its
// beginning, without addresses and what may be a key or a number.
func reasonOf(err error) string {
	var known interface{ Summary() string }
	if errors.As(err, &known) {
		return known.Summary()
	}
	text := addresses.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "[address]")
	text = secrets.ReplaceAllStringFunc(text, func(s string) string {
		if !isSecret(s) {
			return s
		}
		return "[...]"
	})
	if runes := []rune(text); len(runes) > maxReason {
		text = string(runes[:maxReason]) + "…"
	}
	return text
}

// callModel tells the watch how the model does in a call. It is for the goroutine of the stage that it is wired into.
type callModel struct {
	watch *modelWatch
	began bool // an answer that was not played yet
}

func (c *callModel) failed(f pipeline.Failure) {
	if c.watch.failure(f) {
		c.began = false
	}
}

func (c *callModel) point(m frame.Metrics) {
	if m.Point == frame.PointFirstToken {
		c.ended() // the one before was not heard, such as because the user went on
		c.began = true
	}
}

// ended takes note of an answer that was given without a failure.
func (c *callModel) ended() {
	if c.began {
		c.watch.success()
	}
	c.began = false
}
