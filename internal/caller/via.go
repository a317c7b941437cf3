package caller

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-voice/parley/pipeline/audio"
)

// PlaceVia places a call through the Switchboard of an emulator that runs somewhere else.
func PlaceVia(ctx context.Context, switchboard, from string, clip audio.PCM) (Result, audio.PCM, error) {
	placed, err := placeVia(ctx, switchboard, from, clip)
	if err != nil {
		return Failed(err), audio.PCM{}, err
	}
	if !placed.OK {
		err = errors.New(placed.Error)
	}
	if len(placed.WAV) == 0 {
		return placed.Result, audio.PCM{}, err
	}
	recording, wavErr := audio.ReadWAV(bytes.NewReader(placed.WAV))
	return placed.Result, recording, errors.Join(err, wavErr)
}

// placeVia posts the clip and reads the answer.
func placeVia(ctx context.Context, switchboard, from string, clip audio.PCM) (Placed, error) {
	file := &memoryFile{}
	if err := audio.WriteWAV(file, clip); err != nil {
		return Placed{}, err
	}
	target := strings.TrimSuffix(switchboard, "/") + "/call?from=" + url.QueryEscape(from)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(file.data))
	if err != nil {
		return Placed{}, fmt.Errorf("%q is not the URL of an emulator", switchboard)
	}
	req.Header.Set("Content-Type", "audio/wav")
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return Placed{}, fmt.Errorf("there is no emulator at %s: %w", switchboard, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Placed{}, fmt.Errorf("the emulator at %s broke off: %w", switchboard, err)
	}
	if response.StatusCode != http.StatusOK {
		return Placed{}, fmt.Errorf("the emulator at %s answered %d: %.200s", switchboard, response.StatusCode, bytes.TrimSpace(body))
	}
	var placed Placed
	if err := json.Unmarshal(body, &placed); err != nil {
		return Placed{}, fmt.Errorf("%s does not look like an emulator: %w", switchboard, err)
	}
	return placed, nil
}
