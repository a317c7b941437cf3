package hibari

import (
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
	"github.com/parley-voice/parley/services/hibari/internal/vocoder"
)

// network predicts spectra from phonemes. It is safe for concurrent use.
type network struct{ session *ort.Session }

// durations is a tensor inside the model: for how long each phoneme lasts, in units of a few frames.
const durations = "/Clip_output_0"

func openNetwork() (*network, error) {
	path, err := models.File(models.Hibari, "hibari.onnx")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	session, err := ort.OpenData(path, withOutput(data, durations), []string{"ids", "speed"},
		[]string{"lh", "theta", "ln", "lr", "phi", "f0", durations})
	if err != nil {
		return nil, err
	}
	return &network{session}, nil
}

// withOutput makes a tensor of a model an output. In protocol buffers, a message that is written twice is merged: so
// it is enough to append a graph that has nothing but the output.
func withOutput(model []byte, tensor string) []byte {
	const (
		modelGraph, graphOutput, valueName, valueType, typeTensor, tensorElement = 7, 12, 1, 2, 1, 1
		float                                                                    = 1
	)
	element := protowire.AppendVarint(protowire.AppendTag(nil, tensorElement, protowire.VarintType), float)
	kind := message(nil, typeTensor, element)
	value := message(message(nil, valueName, []byte(tensor)), valueType, kind)
	return message(model[:len(model):len(model)], modelGraph, message(nil, graphOutput, value))
}

func message(to []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), content)
}

// prediction is what the network says about one piece of text. Free must be called.
type prediction struct {
	vocoder.Spectra
	durations []float32 // of each phoneme, in units
	outputs   []ort.Value
}

// predict runs the network.
func (n *network) predict(ids []int64, speed float32) (*prediction, error) {
	in, err := ort.Tensor(ids, 1, int64(len(ids)))
	if err != nil {
		return nil, err
	}
	defer ort.Free(in)
	pace, err := ort.Tensor([]float32{speed}, 1)
	if err != nil {
		return nil, err
	}
	defer ort.Free(pace)
	p := &prediction{outputs: make([]ort.Value, 7)}
	if err := n.session.Run([]ort.Value{in, pace}, p.outputs); err != nil {
		return nil, err
	}
	for i, to := range []*[]float32{&p.Harmonic, &p.Rotation, &p.Noise, &p.Free, &p.Phase, &p.F0, &p.durations} {
		if *to, err = ort.Data[float32](p.outputs[i]); err != nil {
			p.free()
			return nil, err
		}
	}
	return p, nil
}

// free gives back the memory of the spectra.
func (p *prediction) free() { ort.Free(p.outputs...) }

// starts returns the sample at which each phoneme begins, and the end of the last.
func (p *prediction) starts() []int {
	var total float64
	for _, d := range p.durations {
		total += float64(d)
	}
	samples := float64(p.Frames() * vocoder.Hop)
	at := make([]int, 0, len(p.durations)+1)
	var sum float64
	for _, d := range p.durations {
		at = append(at, int(sum/max(total, 1)*samples))
		sum += float64(d)
	}
	return append(at, int(samples))
}

func (n *network) close() error { return n.session.Close() }
