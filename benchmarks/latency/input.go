package latency

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// Input is something that a caller says.
type Input struct {
	Name string // where it comes from, such as "recording cards/001" or "flite: What time is it?"
	PCM  audio.PCM
}

// questions are spoken by flite: short, as people ask them on the phone.
var questions = []string{
	"What time do you close today?",
	"Can I bring my dog?",
	"How much is a cappuccino?",
	"What is the capital of France?",
	"Do you have a table for two?",
	"Thank you very much.",
}

// recordings are human voices in Debian's package pocketsphinx-testdata: 16 kHz, mono. Sentences with a pause longer
// than the VAD's stop time are left out: there the bot rightly answers in the middle.
var recordings = []string{
	"cards/001.wav",
	"cards/003.wav",
	"librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
	"librivox/sense_and_sensibility_01_austen_64kb-0930.wav",
}

// recordingsDir is where that package puts them.
const recordingsDir = "/usr/share/pocketsphinx/test/data"

// ErrNoInput reports that there is nothing to say: neither recordings nor a program that speaks.
var ErrNoInput = errors.New("latency: no caller's voice; install flite and pocketsphinx-testdata, or run: make setup")

// Inputs returns recordings of people and questions spoken by flite, taking turns.
func Inputs(ctx context.Context) ([]Input, error) {
	var human, spoken []Input
	for _, name := range recordings {
		pcm, err := readWAV(filepath.Join(recordingsDir, name))
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrNoInput, err)
		}
		human = append(human, Input{Name: "recording " + name, PCM: pcm})
	}
	for _, text := range questions {
		pcm, err := flite(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrNoInput, err)
		}
		spoken = append(spoken, Input{Name: "flite: " + text, PCM: pcm})
	}
	var all []Input
	for i := range max(len(human), len(spoken)) {
		if i < len(spoken) {
			all = append(all, spoken[i])
		}
		if i < len(human) {
			all = append(all, human[i])
		}
	}
	return all, nil
}

// flite speaks a text with Debian's program of that name.
func flite(ctx context.Context, text string) (audio.PCM, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return audio.PCM{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "speech.wav")
	out, err := exec.CommandContext(ctx, "flite", "-voice", "slt", "-t", text, "-o", path).CombinedOutput()
	if err != nil {
		return audio.PCM{}, fmt.Errorf("flite: %w: %s", err, bytes.TrimSpace(out))
	}
	return readWAV(path)
}

// readWAV reads a file as 16 kHz mono.
func readWAV(path string) (audio.PCM, error) {
	file, err := os.Open(path)
	if err != nil {
		return audio.PCM{}, err
	}
	defer file.Close()
	pcm, err := audio.ReadWAV(file)
	if err != nil {
		return audio.PCM{}, fmt.Errorf("%s: %w", path, err)
	}
	pcm, err = audio.Resample(pcm.Mono(), frame.SampleRate)
	if err != nil {
		return audio.PCM{}, err
	}
	if _, ok := firstSpeech(pcm); !ok {
		return audio.PCM{}, fmt.Errorf("%s: no speech above %v dBFS in it", path, audible)
	}
	return pcm, nil
}
