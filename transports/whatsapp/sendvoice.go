package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/clipperhouse/uax29/v2/sentences"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/format"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

const (
	// maxSpoken is the longest answer that is spoken, in characters: more than a minute is rather read.
	maxSpoken = 900
	// voiceTimeout is how long it may take to speak an answer; then it is written.
	voiceTimeout = 45 * time.Second
	// sentencePause is the silence between two sentences.
	sentencePause = 150 * time.Millisecond
	// voiceType is what Meta wants voice notes to be.
	voiceType = "audio/ogg; codecs=opus"
)

// voiceNote makes a voice note of an answer and uploads it. It returns none if the answer is to be written: because
// that is the mode, because it is better read than heard, or because the error came in between.
func (o *messageOutput) voiceNote(ctx context.Context, a answer) (graph.Message, error) {
	m := o.message
	cfg := &m.bot.cfg
	wanted := cfg.VoiceNotes == VoiceAlways || cfg.VoiceNotes == VoiceReply && m.spoken()
	if cfg.TTS == nil || !wanted || a.apology || len(a.choices.Options) > 0 {
		return nil, nil
	}
	text, ok := speakable(a.text)
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, voiceTimeout, fmt.Errorf("not ready within %v", voiceTimeout))
	defer cancel()
	file, err := speak(ctx, cfg.TTS, text)
	if err != nil {
		return nil, fmt.Errorf("whatsapp: an answer cannot be spoken and is written: %w", err)
	}
	id, err := m.line.graph.UploadMedia(ctx, "answer.ogg", voiceType, file)
	if m.bot.noteGraph(err) != nil {
		return nil, fmt.Errorf("whatsapp: a voice note cannot be uploaded; the answer is written: %w", err)
	}
	return graph.Audio{ID: id, Voice: true}, nil
}

// spoken reports whether the user sent a voice note, among other things perhaps.
func (m *Message) spoken() bool {
	for _, a := range m.arrivals {
		if media := a.event.Media; a.event.Type == "audio" && media != nil && media.Voice {
			return true
		}
	}
	return false
}

// unspeakable finds what is better read than heard: code, addresses, tables.
var unspeakable = regexp.MustCompile("`|https?://|www\\.|(?m:^\\s*\\|)|\\S+@\\S+\\.\\S")

// speakable returns an answer as it is spoken, without markup, or false if it is better read.
func speakable(md string) (string, bool) {
	if unspeakable.MatchString(md) {
		return "", false
	}
	var b strings.Builder
	shown := []rune(format.FromMarkdown(md))
	for i, r := range shown {
		inside := i > 0 && i+1 < len(shown) && inWord(shown[i-1]) && inWord(shown[i+1])
		if strings.ContainsRune("*_~", r) && !inside {
			continue
		}
		b.WriteRune(r)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimLeft(strings.TrimSpace(line), "->• "); line != "" && line != "———" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "\n")
	sayable := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	return text, sayable && graph.Units(text) <= maxSpoken
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// speak makes an Ogg file with Opus of a text, sentence by sentence.
func speak(ctx context.Context, tts services.TTS, text string) ([]byte, error) {
	var all audio.PCM
	previous := ""
	for it := sentences.FromString(text); it.Next(); {
		sentence := strings.TrimSpace(it.Value())
		if sentence == "" {
			continue
		}
		if len(all.Samples) > 0 {
			all.Samples = append(all.Samples, make([]int16, all.Format.Samples(sentencePause))...)
		}
		for speech, err := range tts.Synthesize(ctx, services.Utterance{Text: sentence, Previous: previous}) {
			if err != nil {
				if cause := context.Cause(ctx); cause != nil {
					err = cause
				}
				return nil, err
			}
			if err := appendSpeech(&all, speech.PCM); err != nil {
				return nil, err
			}
		}
		previous = sentence
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(all.Samples) == 0 {
		return nil, errors.New("the speech engine made no audio")
	}
	return opus.EncodeOgg(all)
}

// appendSpeech adds audio of any format; the first piece decides about the rate.
func appendSpeech(all *audio.PCM, pcm audio.PCM) error {
	if pcm.Channels < 1 || pcm.Rate <= 0 {
		return fmt.Errorf("the speech engine made audio of %v", pcm.Format)
	}
	pcm = pcm.Mono()
	if all.Rate == 0 {
		all.Format = pcm.Format
	}
	if pcm.Rate != all.Rate {
		var err error
		if pcm, err = audio.Resample(pcm, all.Rate); err != nil {
			return err
		}
	}
	all.Samples = append(all.Samples, pcm.Samples...)
	return nil
}
