package caller

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// LoadWAV reads a recording to be spoken: any PCM WAV file, mixed to mono and brought to the rate of the call.
func LoadWAV(path string) (audio.PCM, error) {
	file, err := os.Open(path)
	if err != nil {
		return audio.PCM{}, openError(path, err)
	}
	defer func() { _ = file.Close() }()
	pcm, err := audio.ReadWAV(file)
	if err != nil {
		return audio.PCM{}, fmt.Errorf("%w %s: %w; convert it, for example with \"sox IN -b 16 -r 16000 -c 1 OUT.wav\"", ErrClip, path, err)
	}
	return prepare(path, pcm)
}

// LoadRaw reads a headerless recording of 16 bit little-endian mono samples, such as those in pocketsphinx-testdata.
func LoadRaw(path string, rate int) (audio.PCM, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return audio.PCM{}, openError(path, err)
	}
	pcm := audio.PCM{Format: audio.Mono(rate), Samples: make([]int16, len(raw)/2)}
	for i := range pcm.Samples {
		pcm.Samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return prepare(path, pcm)
}

// prepare brings a recording to the call's format and looks whether anything can be heard in it.
func prepare(path string, pcm audio.PCM) (audio.PCM, error) {
	pcm, err := audio.Resample(pcm.Mono(), whatsapptest.SampleRate)
	if err != nil {
		return audio.PCM{}, fmt.Errorf("%w %s: %w", ErrClip, path, err)
	}
	if len(whatsapptest.SpeechSpans(pcm)) == 0 {
		return audio.PCM{}, fmt.Errorf("%w %s: nothing in it is louder than %v dBFS", ErrClip, path, whatsapptest.SpeechThreshold)
	}
	return pcm, nil
}

// openError says why a file cannot be opened, in one sentence.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: there is no file %s", ErrClip, path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be read", ErrClip, path)
	}
	return fmt.Errorf("%w: %w", ErrClip, err)
}
