package services

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Where Transcribe cuts a recording. Engines are made for what somebody says between two pauses.
const (
	longestStretch = 30 * time.Second
	earliestCut    = 15 * time.Second
	cutWindow      = 300 * time.Millisecond // the cut is in the middle of the quietest one
	cutStep        = 20 * time.Millisecond
)

// Transcribe turns a whole mono recording into text, such as a voice note, in stretches of at most half a minute that end
// where it is quiet. It returns "" if there are no words in it. It returns when all is read, ctx ends, or the engine
// fails; the recording must have a format that the engine takes.
func Transcribe(ctx context.Context, stt STT, pcm audio.PCM) (string, error) {
	if pcm.Channels != 1 || pcm.Rate <= 0 {
		return "", fmt.Errorf("transcribe: the recording is %v, want mono", pcm.Format)
	}
	var texts []string
	for rest := pcm.Samples; len(rest) > 0; {
		n := stretch(pcm.Format, rest)
		text, err := transcribe(ctx, stt, audio.PCM{Format: pcm.Format, Samples: rest[:n]})
		if err != nil {
			return "", fmt.Errorf("transcribe: %w", err)
		}
		if text != "" {
			texts = append(texts, text)
		}
		rest = rest[n:]
	}
	return strings.Join(texts, " "), nil
}

// stretch returns how many of the samples are read next.
func stretch(f audio.Format, samples []int16) int {
	longest, window := f.Samples(longestStretch), f.Samples(cutWindow)
	if len(samples) <= longest {
		return len(samples)
	}
	best, least := longest, int64(-1)
	for at := f.Samples(earliestCut); at+window <= longest; at += max(1, f.Samples(cutStep)) {
		var energy int64
		for _, s := range samples[at : at+window] {
			energy += int64(s) * int64(s)
		}
		if least < 0 || energy <= least {
			best, least = at+window/2, energy
		}
	}
	return best
}

// transcribe reads one stretch.
func transcribe(ctx context.Context, stt STT, pcm audio.PCM) (text string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, err := stt.Open(ctx, pcm.Format)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	if err := t.Write(pcm); err != nil {
		return "", err
	}
	if err := t.Flush(); err != nil {
		return "", err
	}
	var segments []Result
	for {
		select {
		case r, open := <-t.Results():
			switch {
			case !open && ctx.Err() != nil:
				return "", context.Cause(ctx)
			case !open:
				return "", errors.New("the engine ended before its result")
			case r.Err != nil:
				return "", r.Err
			}
			if segments = replace(segments, r); r.End >= pcm.Len() {
				return textOf(segments), nil
			}
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// replace enters a result in place of those whose span it covers.
func replace(segments []Result, r Result) []Result {
	kept := segments[:0]
	for _, s := range segments {
		if s.Start < r.Start || s.End > r.End {
			kept = append(kept, s)
		}
	}
	return append(kept, r)
}

// textOf joins what was understood.
func textOf(segments []Result) string {
	var texts []string
	for _, s := range segments {
		if t := strings.TrimSpace(s.Text); t != "" {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, " ")
}
