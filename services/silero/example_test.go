package silero_test

import (
	"fmt"
	"log"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services/silero"
)

func Example() {
	vad, err := silero.New()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = vad.Close() }()

	detector, err := vad.NewDetector(audio.Mono(16000))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = detector.Close() }()

	silence := make([]int16, detector.Window())
	p, err := detector.Probability(silence)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("speech:", p > 0.5)
	// Output: speech: false
}
