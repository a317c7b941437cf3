package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/internal/caller"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// The voices of the caller.
const (
	human     = "human"
	synthetic = "synthetic"
)

// line is something that the caller says.
type line struct {
	text    string // what is said
	voice   string // human or synthetic
	source  string // where the voice comes from, for the reader
	file    string // of a recording; empty: synthesise
	bargeIn bool   // it is said while the bot speaks
	clip    audio.PCM
}

// recordings is where Debian's package pocketsphinx-testdata puts its sentences.
const recordings = "/usr/share/pocketsphinx/test/data"

const flite = "synthesised by flite, voice slt"

// script is what the caller says. A human reads from a novel; the questions are asked by another engine than
// the bot's own.
func script() []line {
	return []line{
		{
			text: "He was not an ill-disposed young man.", voice: human,
			source: "recorded: LibriVox, Sense and Sensibility, from pocketsphinx-testdata",
			file:   filepath.Join(recordings, "librivox", "sense_and_sensibility_01_austen_64kb-0880.wav"),
		},
		{text: "What is the capital of France?", voice: synthetic, source: flite},
		{text: "Please tell me a long story about a ship on the sea.", voice: synthetic, source: flite},
		{text: "Wait, please stop. What should I eat for dinner tonight?", voice: synthetic, source: flite, bargeIn: true},
	}
}

// spares are what the caller says to a bot whose story was over before it could be interrupted.
func spares() []line {
	return []line{
		{text: "That was short. Please tell me more about the ship and its crew.", voice: synthetic, source: flite},
		{text: "Please count slowly from one to thirty.", voice: synthetic, source: flite},
	}
}

// record fills in the clips.
func record(ctx context.Context, lines []line) error {
	dir, err := os.MkdirTemp("", "parley-demo-")
	if err != nil {
		return fmt.Errorf("%w needs a temporary folder: %w", ErrVoice, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for i := range lines {
		if lines[i].clip.Len() > 0 {
			continue
		}
		file := lines[i].file
		if file == "" {
			file = filepath.Join(dir, fmt.Sprintf("%d.wav", i))
			if err := synthesise(ctx, lines[i].text, file); err != nil {
				return err
			}
		}
		if lines[i].clip, err = caller.LoadWAV(file); err != nil {
			if _, missing := os.Stat(file); errors.Is(missing, os.ErrNotExist) {
				return fmt.Errorf("%w is missing: %s; install Debian's package pocketsphinx-testdata, or run \"make setup\"", ErrVoice, file)
			}
			return err
		}
		lines[i].clip = trim(lines[i].clip)
	}
	return nil
}

// trim cuts the silence before a recording, so that an interruption comes when it is meant to.
func trim(pcm audio.PCM) audio.PCM {
	const lead = 50 * time.Millisecond
	spans := whatsapptest.SpeechSpans(pcm)
	if len(spans) == 0 {
		return pcm
	}
	pcm.Samples = pcm.Samples[pcm.Format.Samples(max(0, spans[0].Start-lead)):]
	return pcm
}

// synthesise lets flite speak.
func synthesise(ctx context.Context, text, file string) error {
	output, err := exec.CommandContext(ctx, "flite", "-voice", "slt", "-t", text, "-o", file).CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w is missing: flite is not installed; install Debian's package flite, or run \"make setup\"", ErrVoice)
	case err != nil:
		return fmt.Errorf("%w: flite: %w: %s", ErrVoice, err, strings.TrimSpace(string(output)))
	}
	return nil
}
