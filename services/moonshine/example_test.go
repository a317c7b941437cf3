package moonshine_test

import (
	"context"
	"fmt"
	"log"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services/moonshine"
)

func Example() {
	stt, err := moonshine.New()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = stt.Close() }()

	utterance, err := stt.Open(context.Background(), audio.Mono(16000))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = utterance.Close() }()

	silence := audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 16000)}
	if err := utterance.Write(silence); err != nil {
		log.Fatal(err)
	}
	if err := utterance.Flush(); err != nil {
		log.Fatal(err)
	}
	result := <-utterance.Results()
	fmt.Printf("%q, %d samples\n", result.Text, result.End)
	// Output: "", 16000 samples
}
