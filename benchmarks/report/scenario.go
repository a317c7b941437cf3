package report

import (
	"slices"
	"time"
)

// Span is one part of a turn's response time.
type Span struct {
	Name string
	Took time.Duration
}

// Turn is one response: its spans follow each other without a gap, so their sum is the response time.
type Turn struct {
	Input string // which recording or question was heard
	Heard string // what the STT understood
	Said  string // what was answered
	Spans []Span
}

// Total is the response time: from the caller's last speech sample to the bot's first.
func (t Turn) Total() time.Duration {
	var sum time.Duration
	for _, s := range t.Spans {
		sum += s.Took
	}
	return sum
}

// Scenario is one way to run a bot, and what was measured there.
type Scenario struct {
	Name string // short, for the table and the picture
	What string // what is real in it and what is not, in a sentence
	// Turns are what was measured. All turns of a scenario have spans of the same names.
	Turns []Turn
}

// Total sums up the response times.
func (s Scenario) Total() Stat {
	ds := make([]time.Duration, len(s.Turns))
	for i, t := range s.Turns {
		ds[i] = t.Total()
	}
	return Summarize(ds)
}

// Without sums up the response times less one span, such as a waiting time that the user chose.
func (s Scenario) Without(span string) Stat {
	ds := make([]time.Duration, len(s.Turns))
	for i, t := range s.Turns {
		ds[i] = t.Total()
		for _, sp := range t.Spans {
			if sp.Name == span {
				ds[i] -= sp.Took
			}
		}
	}
	return Summarize(ds)
}

// Span sums up the times of one span over all turns.
func (s Scenario) Span(name string) Stat {
	var ds []time.Duration
	for _, t := range s.Turns {
		for _, sp := range t.Spans {
			if sp.Name == name {
				ds = append(ds, sp.Took)
			}
		}
	}
	return Summarize(ds)
}

// SpanNames returns the names of the spans, in their order.
func (s Scenario) SpanNames() []string {
	var names []string
	for _, t := range s.Turns {
		for _, sp := range t.Spans {
			if !slices.Contains(names, sp.Name) {
				names = append(names, sp.Name)
			}
		}
	}
	return names
}

// Median returns the turn whose response time is the median. Medians of spans do not add up; the spans of this
// turn do, so pictures show it. It is the zero Turn if there are none.
func (s Scenario) Median() Turn {
	if len(s.Turns) == 0 {
		return Turn{}
	}
	sorted := slices.Clone(s.Turns)
	slices.SortStableFunc(sorted, func(a, b Turn) int { return int(a.Total() - b.Total()) })
	return sorted[(len(sorted)-1)/2]
}
