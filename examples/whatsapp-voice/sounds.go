package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os/exec"

	"github.com/parley-voice/parley/services/ffmpeg"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// sounds is what decodes recordings that are no voice notes, and the sound of videos; nil if there is nothing.
func (c *config) sounds() (whatsapp.SoundDecoder, error) {
	switch c.FFmpeg {
	case "none":
		return nil, nil
	case "":
		decoder, err := ffmpeg.Find()
		if errors.Is(err, ffmpeg.ErrMissing) {
			slog.Info("recordings other than voice notes and WAV are not heard, nor is the sound of videos", "why", err)
			return nil, nil
		}
		return decoder, err
	}
	path, err := exec.LookPath(c.FFmpeg)
	if err != nil {
		return nil, fmt.Errorf("WHATSAPP_FFMPEG: %w; give the path of the program, or none", err)
	}
	return ffmpeg.New(path), nil
}
