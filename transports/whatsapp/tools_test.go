package whatsapp_test

import (
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// sine is a tone of 16 kHz.
func sine(d time.Duration, hz float64) audio.PCM {
	f := audio.Mono(16000)
	s := make([]int16, f.Samples(d))
	for i := range s {
		s[i] = int16(9000 * math.Sin(2*math.Pi*hz*float64(i)/16000))
	}
	return audio.PCM{Format: f, Samples: s}
}

var discard = slog.New(slog.DiscardHandler)
