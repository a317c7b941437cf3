package hibari_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari"
)

func Example() {
	tts, err := hibari.New(hibari.WithPronunciation("Siobhan", "ʃəvˈɔn"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = tts.Close() }()

	var audio time.Duration
	for speech, err := range tts.Synthesize(context.Background(), services.Utterance{Text: "Siobhan will call you at 7:30 pm."}) {
		if err != nil {
			log.Fatal(err)
		}
		for _, w := range speech.Words {
			fmt.Print(w.Text, "|")
		}
		audio += speech.PCM.Duration()
	}
	fmt.Println("longer than a second:", audio > time.Second)
	// Output: Siobhan|will|call|you|at|7:30 pm.|longer than a second: true
}
