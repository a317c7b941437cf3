package moonshine

import "github.com/parley-voice/parley/internal/ort"

// caches is the number of key and value tensors of one side.
const caches = 2 * layers

// decoding is the state of the decoder while it writes one text. The keys and values of the tokens so far grow by
// one token with each step: a step reads them from one half of the memory and writes them, longer by one, to the
// other half.
type decoding struct {
	session *ort.Session
	token   []int64
	memory  [2][caches][]float32
	steps   int
	// in is the token, the keys and values of the features, and those of the tokens; out is a score for each
	// possible next token, and the new keys and values of the tokens.
	in     [1 + 2*caches]ort.Value
	out    [1 + caches]ort.Value
	scores []float32
}

// newDecoding begins a text of at most limit tokens. cross holds the keys and values of the features, which remain
// the caller's.
func (m *model) newDecoding(cross []ort.Value, limit int) (*decoding, error) {
	d := &decoding{session: m.decoder, token: make([]int64, 1), scores: make([]float32, scores)}
	slab := make([]float32, 2*caches*limit*width)
	for half := range d.memory {
		for i := range d.memory[half] {
			d.memory[half][i], slab = slab[:limit*width], slab[limit*width:]
		}
	}
	copy(d.in[1:], cross)
	var err error
	if d.in[0], err = ort.Tensor(d.token, 1, 1); err != nil {
		return nil, err
	}
	if d.out[0], err = ort.Tensor(d.scores, 1, 1, int64(len(d.scores))); err != nil {
		d.free()
		return nil, err
	}
	if err := d.view(d.in[1+caches:], 0, 0); err != nil {
		d.free()
		return nil, err
	}
	return d, nil
}

// view makes tensors of one half of the memory, for a number of tokens.
func (d *decoding) view(values []ort.Value, half, tokens int) error {
	for i, floats := range d.memory[half] {
		v, err := ort.Tensor(floats[:tokens*width], 1, heads, int64(tokens), headSize)
		if err != nil {
			return err
		}
		values[i] = v
	}
	return nil
}

// next returns the most probable token after the given one.
func (d *decoding) next(token int64) (int64, error) {
	past, present := d.in[1+caches:], d.out[1:]
	if err := d.view(present, (d.steps+1)%2, d.steps+1); err != nil {
		return 0, err
	}
	d.token[0] = token
	if err := d.session.Run(d.in[:], d.out[:]); err != nil {
		return 0, err
	}
	ort.Free(past...)
	copy(past, present)
	clear(present)
	d.steps++
	best := 0
	for i, score := range d.scores {
		if score > d.scores[best] {
			best = i
		}
	}
	return int64(best), nil
}

// free frees what newDecoding made, but not the keys and values of the features.
func (d *decoding) free() {
	ort.Free(d.in[0])
	ort.Free(d.in[1+caches:]...)
	ort.Free(d.out[:]...)
}
