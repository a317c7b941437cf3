package report

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Stat sums up measured durations.
type Stat struct {
	P50, P90, P99, Max time.Duration
}

// Summarize returns the percentiles of ds, by nearest rank. Of fewer than 100 durations, P99 is the maximum. It is
// zero for no durations.
func Summarize(ds []time.Duration) Stat {
	if len(ds) == 0 {
		return Stat{}
	}
	sorted := slices.Sorted(slices.Values(ds))
	rank := func(p float64) time.Duration {
		return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
	}
	return Stat{P50: rank(0.5), P90: rank(0.9), P99: rank(0.99), Max: sorted[len(sorted)-1]}
}

// Milliseconds converts a duration for people and for JSON, rounded to microseconds.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

// ms prints milliseconds with as many digits as matter.
func ms(d time.Duration) string {
	v := Milliseconds(d)
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}
