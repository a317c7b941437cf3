package hibari

import (
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
)

func benchmark(b *testing.B, text string) {
	e := usual(b)
	var first time.Duration
	samples := 0
	for b.Loop() {
		start := time.Now()
		waiting := true
		for s, err := range e.Synthesize(b.Context(), services.Utterance{Text: text}) {
			if err != nil {
				b.Fatal(err)
			}
			if waiting {
				first += time.Since(start)
				waiting = false
			}
			samples += len(s.PCM.Samples)
		}
	}
	b.ReportMetric(first.Seconds()*1e3/float64(b.N), "ms-to-first-audio")
	b.ReportMetric(float64(samples)/rate/b.Elapsed().Seconds(), "x-real-time")
}

func BenchmarkOneWord(b *testing.B) { benchmark(b, "Okay.") }

func BenchmarkFiveWords(b *testing.B) { benchmark(b, "Sure, I can help you.") }

func BenchmarkTenWords(b *testing.B) {
	benchmark(b, "Would you like a table for two people this evening?")
}

func BenchmarkTwentyWords(b *testing.B) {
	benchmark(b, "Your table for four is booked under the name of Johnson, and we are looking forward to seeing you this evening at seven.")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		e, err := New()
		if err != nil {
			b.Fatal(err)
		}
		_ = e.Close()
	}
}
