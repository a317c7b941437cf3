package moonshine

import (
	"context"
	"errors"
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
	width    = heads * headSize
	scores   = 32768 // ids that the decoder rates; the vocabulary has 32000
	// shortest is the least audio that is read: below it the convolutions of the encoder have nothing to work on,
	// and no word is that short.
	shortest = rate / 4
	// tokensPerSecond limits the length of a text, so that the decoder ends on noise too. Fast speech has about 6.
	tokensPerSecond = 6.5
)

// model is the networks and the vocabulary. It is safe for concurrent use.
type model struct {
	encoder    *ort.Session // audio to features
	cross      *ort.Session // features to the keys and values that the decoder attends to
	decoder    *ort.Session // a token, with all that came before, to the scores of the next
	vocabulary vocabulary
}

func loadModel() (*model, error) {
	m := &model{}
	if err := m.load(); err != nil {
		_ = m.close() // the error above tells more
		return nil, err
	}
	return m, nil
}

func (m *model) load() error {
	path, err := models.File(models.Moonshine, models.MoonshineTokens)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	if m.vocabulary, err = parseVocabulary(data); err != nil {
		return fmt.Errorf("%w (%s)", err, path)
	}
	m.encoder, err = ort.Open(models.Moonshine, models.MoonshineEncoder,
		[]string{"input_values"}, []string{"last_hidden_state"})
	if err != nil {
		return err
	}
	m.cross, err = ort.Open(models.Moonshine, models.MoonshineCross,
		[]string{"encoder_hidden_states"}, cacheNames("present", "encoder"))
	if err != nil {
		return err
	}
	inputs := append([]string{"input_ids"}, cacheNames("past_key_values", "encoder")...)
	inputs = append(inputs, cacheNames("past_key_values", "decoder")...)
	outputs := append([]string{"logits"}, cacheNames("present", "decoder")...)
	m.decoder, err = ort.Open(models.Moonshine, models.MoonshineDecoder, inputs, outputs)
	return err
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
	features := make([]ort.Value, 1)
	if err := m.encoder.Run([]ort.Value{in}, features); err != nil {
		return "", err
	}
	defer ort.Free(features...)
	cross := make([]ort.Value, caches)
	if err := m.cross.Run(features, cross); err != nil {
		return "", err
	}
	defer ort.Free(cross...)
	limit := int(float64(len(samples)) / rate * tokensPerSecond)
	d, err := m.newDecoding(cross, limit)
	if err != nil {
		return "", err
	}
	defer d.free()
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
	var errs []error
	for _, s := range []*ort.Session{m.encoder, m.cross, m.decoder} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}
