package whatsapp

import (
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// unreachableAfter is how many requests in a row must get no proper answer until the bot counts as degraded: one or two are
// the internet's usual weather.
const unreachableAfter = 3

// GraphHealth is how the Graph API answers.
type GraphHealth struct {
	// FailuresInARow counts the last requests to which nothing came, or nothing that is the API's. Refusals are answers.
	FailuresInARow int `json:"failures_in_a_row"`
	// LastError is the class of the last request that did not succeed, as of graph.Outcome, with what was asked and when;
	// "" and null before the first.
	LastError   string     `json:"last_error"`
	LastErrorOp string     `json:"last_error_op"`
	LastErrorAt *time.Time `json:"last_error_at"`
}

// graphWatch follows how requests to the Graph API end. It is safe for concurrent use.
type graphWatch struct {
	mu     sync.Mutex
	health GraphHealth
}

func (g *graphWatch) note(d graph.Done) {
	g.mu.Lock()
	defer g.mu.Unlock()
	outcome := d.Outcome()
	switch outcome {
	case graph.OutcomeCancelled, graph.OutcomeOther:
		return // that says nothing about Meta
	case graph.OutcomeUnreachable, graph.OutcomeNoAnswer, graph.OutcomeUnreadable, graph.OutcomeServerError:
		g.health.FailuresInARow++
	default:
		g.health.FailuresInARow = 0
	}
	if outcome != graph.OutcomeOK {
		at := d.Began.Add(d.Duration).UTC().Truncate(time.Second)
		g.health.LastError, g.health.LastErrorOp, g.health.LastErrorAt = outcome, d.Op, &at
	}
}

func (g *graphWatch) get() GraphHealth {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.health
}

// issue says what is wrong; "" if nothing is.
func (g GraphHealth) issue() string {
	if g.FailuresInARow < unreachableAfter {
		return ""
	}
	return fmt.Sprintf("the Graph API does not answer: %d requests in a row have failed (%s); check DNS, outbound HTTPS and Meta's status page",
		g.FailuresInARow, g.LastError)
}
