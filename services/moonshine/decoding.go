package moonshine

import (
	"fmt"

	"github.com/parley-voice/parley/internal/ort"
)

// decoding is the state of the decoder while it writes one text.
type decoding struct {
	session *ort.Session
	in, out []ort.Value // in: token, features, 32 caches, use_cache; out: logits, 32 caches
	token   []int64
	cached  []bool
	step    int
}

func (m *model) newDecoding(features ort.Value) (*decoding, error) {
	d := &decoding{session: m.decoder, token: make([]int64, 1), cached: make([]bool, 1)}
	d.in = make([]ort.Value, 2+4*layers+1)
	d.out = make([]ort.Value, 1+4*layers)
	var err error
	if d.in[0], err = ort.Tensor(d.token, 1, 1); err != nil {
		return nil, err
	}
	d.in[1] = features
	for i := range 4 * layers {
		if d.in[2+i], err = ort.Tensor(make([]float32, heads*headSize), 1, heads, 1, headSize); err != nil {
			return nil, err
		}
	}
	if d.in[2+4*layers], err = ort.Tensor(d.cached, 1); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *decoding) next(token int64) (int64, error) {
	d.token[0] = token
	d.cached[0] = d.step > 0
	clear(d.out)
	if err := d.session.Run(d.in, d.out); err != nil {
		return 0, err
	}
	for i := range 4 * layers {
		if d.step > 0 && i%4 >= 2 {
			ort.Free(d.out[1+i])
			continue
		}
		ort.Free(d.in[2+i])
		d.in[2+i] = d.out[1+i]
	}
	d.step++
	logits, err := ort.Data[float32](d.out[0])
	if err != nil {
		return 0, err
	}
	if len(logits) == 0 {
		return 0, fmt.Errorf("%w: no logits", ErrModel)
	}
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	ort.Free(d.out[0])
	return int64(best), nil
}

func (d *decoding) free() { ort.Free(d.in[0]); ort.Free(d.in[2:]...) }
