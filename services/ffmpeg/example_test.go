package ffmpeg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services/ffmpeg"
)

// Sound of any form becomes samples for a speech engine.
func Example() {
	decoder, err := ffmpeg.Find()
	if errors.Is(err, ffmpeg.ErrMissing) {
		fmt.Println(err)
		return
	}
	file, err := os.ReadFile("message.mp3")
	if err != nil {
		fmt.Println(err)
		return
	}
	pcm, err := decoder.DecodeSound(context.Background(), file, audio.Mono(16000), 5*time.Minute)
	fmt.Println(pcm.Duration(), err)
}
