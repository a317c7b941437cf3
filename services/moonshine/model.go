package moonshine

import (
	"context"
	"fmt"
	"os"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
)

// Dimensions of Moonshine base.
const (
	rate     = 16000
	layers   = 8
	heads    = 8
	headSize = 52
	// shortest is the least audio that is read: below it the convolutions of the encoder have nothing to work on,
	// and no word is that short.
	shortest = rate / 4
	// tokensPerSecond limits the length of a text, so that the decoder ends on noise too. Fast speech has about 6.
	tokensPerSecond = 6.5
)

// model is the two networks and the vocabulary. It is safe for concurrent use.
type model struct {
	encoder, decoder *ort.Session
	vocabulary       vocabulary
}

func loadModel() (*model, error) {
	path, err := models.File(models.Moonshine, models.MoonshineTokens)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	m := &model{}
	if m.vocabulary, err = parseVocabulary(data); err != nil {
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	m.encoder, err = ort.Open(models.Moonshine, models.MoonshineEncoder,
		[]string{"input_values"}, []string{"last_hidden_state"})
	if err != nil {
		return nil, err
	}
	inputs, outputs := []string{"input_ids", "encoder_hidden_states"}, []string{"logits"}
	for l := range layers {
		for _, part := range []string{"decoder.key", "decoder.value", "encoder.key", "encoder.value"} {
			inputs = append(inputs, fmt.Sprintf("past_key_values.%d.%s", l, part))
			outputs = append(outputs, fmt.Sprintf("present.%d.%s", l, part))
		}
	}
	inputs = append(inputs, "use_cache_branch")
	m.decoder, err = ort.Open(models.Moonshine, models.MoonshineDecoder, inputs, outputs)
	if err != nil {
		_ = m.encoder.Close() // the error above tells more
		return nil, err
	}
	return m, nil
}

// read returns the text of one stretch of speech. It looks at ctx between the steps, each of which takes a few
// milliseconds, and the encoder about 15 for each second of speech.
func (m *model) read(ctx context.Context, samples []int16) (string, error) {
	if len(samples) < shortest {
		return "", nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	audio := make([]float32, len(samples))
	for i, s := range samples {
		audio[i] = float32(s) / (1 << 15)
	}
	in, err := ort.Tensor(audio, 1, int64(len(audio)))
	if err != nil {
		return "", err
	}
	defer ort.Free(in)
	out := []ort.Value{nil}
	if err := m.encoder.Run([]ort.Value{in}, out); err != nil {
		return "", err
	}
	defer ort.Free(out[0])
	d, err := m.newDecoding(out[0])
	if err != nil {
		return "", err
	}
	defer d.free()
	limit := int(float64(len(samples)) / rate * tokensPerSecond)
	tokens := make([]int64, 0, limit)
	for token := int64(tokenStart); len(tokens) < limit; tokens = append(tokens, token) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if token, err = d.next(token); err != nil {
			return "", err
		}
		if token == tokenEnd {
			break
		}
	}
	return m.vocabulary.text(tokens), nil
}

func (m *model) close() error {
	err := m.encoder.Close()
	if e := m.decoder.Close(); err == nil {
		err = e
	}
	return err
}
