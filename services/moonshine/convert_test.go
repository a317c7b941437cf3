package moonshine

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
	"github.com/parley-voice/parley/internal/ort/graph"
)

// unpacked are the nodes and constants of a matrix of stored bytes.
func unpacked(g *graph.Graph, name string, rows, columns int64) {
	float := func(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }
	g.Tensors = append(g.Tensors,
		graph.NewTensor(name+"_q", graph.Int8, make([]byte, rows*columns), rows, columns),
		graph.NewTensor(name+"_s", graph.Float32, float(0.5), 1),
		graph.NewTensor(name+"_o", graph.Float32, float(-1), 1))
	g.Nodes = append(g.Nodes,
		&graph.Node{Op: "Cast", Name: name + "_c", Inputs: []string{name + "_q"}, Outputs: []string{name + "_c"},
			Attributes: []*graph.Attribute{graph.Int("to", int64(graph.Float32))}},
		&graph.Node{Op: "Mul", Name: name + "_m", Inputs: []string{name + "_c", name + "_s"}, Outputs: []string{name + "_m"}},
		&graph.Node{Op: "Add", Name: name, Inputs: []string{name + "_m", name + "_o"}, Outputs: []string{name}})
}

// smallDecoder is as much of the decoder as Convert looks at: an embedding, and keys and values that in one branch
// are made of the features and in the other are taken over.
func smallDecoder() *graph.Graph {
	g := &graph.Graph{Name: "small"}
	unpacked(g, "embedding", 20, width)
	g.Inputs = []*graph.Value{graph.NewValue("input_ids", graph.Int64), graph.NewValue("encoder_hidden_states", graph.Float32),
		graph.NewValue("use_cache_branch", 9)}
	first, later := &graph.Graph{Name: "first"}, &graph.Graph{Name: "later"}
	choice := &graph.Node{Op: "If", Name: "choice", Inputs: []string{"use_cache_branch"}, Outputs: []string{"logits"}}
	for _, side := range []string{"decoder", "encoder"} {
		past := cacheNames("past_key_values", side)
		for i, out := range cacheNames("present", side) {
			weights := "w." + out
			unpacked(g, weights, width, width)
			g.Inputs = append(g.Inputs, graph.NewValue(past[i], graph.Float32))
			choice.Outputs = append(choice.Outputs, out)
			flat, split := "flat."+out, "split."+out
			from := "encoder_hidden_states"
			if side == "decoder" {
				from = "row"
			}
			for _, b := range []*graph.Graph{first, later} {
				if b == later && side == "encoder" {
					b.Nodes = append(b.Nodes, &graph.Node{Op: "Identity", Inputs: []string{past[i]}, Outputs: []string{out}})
					continue
				}
				b.Nodes = append(b.Nodes,
					&graph.Node{Op: "MatMul", Name: flat, Inputs: []string{from, weights}, Outputs: []string{flat}},
					&graph.Node{Op: "Reshape", Name: split, Inputs: []string{flat, "shape"}, Outputs: []string{split}})
				if b == first {
					b.Nodes = append(b.Nodes, &graph.Node{Op: "Transpose", Inputs: []string{split}, Outputs: []string{out},
						Attributes: []*graph.Attribute{graph.Ints("perm", 0, 2, 1, 3)}})
					continue
				}
				b.Nodes = append(b.Nodes, &graph.Node{Op: "Concat", Inputs: []string{past[i], split}, Outputs: []string{out},
					Attributes: []*graph.Attribute{graph.Int("axis", 2)}})
			}
		}
	}
	g.Tensors = append(g.Tensors, graph.NewInts("shape", 1, heads, -1, headSize))
	for _, b := range []*graph.Graph{first, later} {
		b.Nodes = append([]*graph.Node{
			{Op: "Gather", Inputs: []string{"embedding", "input_ids"}, Outputs: []string{"row"}},
			{Op: "Transpose", Inputs: []string{"embedding"}, Outputs: []string{"turned"},
				Attributes: []*graph.Attribute{graph.Ints("perm", 1, 0)}},
			{Op: "MatMul", Name: "scores", Inputs: []string{"row", "turned"}, Outputs: []string{"logits"}},
		}, b.Nodes...)
		for _, out := range choice.Outputs {
			b.Outputs = append(b.Outputs, graph.NewValue(out, graph.Float32))
		}
	}
	choice.Attributes = []*graph.Attribute{graph.Branch("then_branch", later), graph.Branch("else_branch", first)}
	g.Nodes = append(g.Nodes, choice)
	for _, out := range choice.Outputs {
		g.Outputs = append(g.Outputs, graph.NewValue(out, graph.Float32))
	}
	return g
}

func save(t *testing.T, g *graph.Graph) string {
	t.Helper()
	m := &graph.Model{IRVersion: 10, Opsets: []graph.Opset{{Version: 14}, {Domain: "com.microsoft", Version: 1}}, Graph: g}
	path := filepath.Join(t.TempDir(), "source.onnx")
	if err := os.WriteFile(path, m.Marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func convert(t *testing.T, name string, g *graph.Graph) (string, error) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), name)
	return dst, Convert(t.Context(), name, save(t, g), dst)
}

func TestConvertDecoder(t *testing.T) {
	path, err := convert(t, models.MoonshineDecoder, smallDecoder())
	if err != nil {
		t.Fatal(err)
	}
	inputs := append([]string{"input_ids"}, cacheNames("past_key_values", "decoder")...)
	outputs := append([]string{"logits"}, cacheNames("present", "decoder")...)
	s, err := ort.OpenFile(path, inputs, outputs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	in, out := make([]ort.Value, len(inputs)), make([]ort.Value, len(outputs))
	defer func() { ort.Free(in...); ort.Free(out...) }()
	if in[0], err = ort.Tensor([]int64{3}, 1, 1); err != nil {
		t.Fatal(err)
	}
	for i := range in[1:] {
		if in[1+i], err = ort.Tensor([]float32{}, 1, heads, 0, headSize); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Run(in, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, 1, 20}, ort.Shape(out[0])); diff != "" {
		t.Errorf("shape of the scores (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, heads, 1, headSize}, ort.Shape(out[1])); diff != "" {
		t.Errorf("shape of a key (-want +got):\n%s", diff)
	}
	// All bytes are 0 and stand for -1: the product of two rows is the width.
	scores, err := ort.Data[float32](out[0])
	if err != nil || math.Abs(float64(scores[7])-width) > 0.5 {
		t.Errorf("score %v, %v; want %d", scores[7], err, width)
	}
}

func TestConvertCross(t *testing.T) {
	path, err := convert(t, models.MoonshineCross, smallDecoder())
	if err != nil {
		t.Fatal(err)
	}
	outputs := cacheNames("present", "encoder")
	s, err := ort.OpenFile(path, []string{"encoder_hidden_states"}, outputs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	features := make([]float32, 5*width)
	for i := range features {
		features[i] = float32(i/width + 1) // row by row 1, 2, 3, 4, 5
	}
	in, err := ort.Tensor(features, 1, 5, width)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]ort.Value, len(outputs))
	defer func() { ort.Free(in); ort.Free(out...) }()
	if err := s.Run([]ort.Value{in}, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, heads, 5, headSize}, ort.Shape(out[0])); diff != "" {
		t.Fatalf("shape of a key (-want +got):\n%s", diff)
	}
	data, err := ort.Data[float32](out[0])
	if err != nil {
		t.Fatal(err)
	}
	for row := range 5 {
		if got, want := float64(data[row*headSize]), -float64(row+1)*width; math.Abs(got-want) > 10 {
			t.Errorf("row %d of the key is %v, want about %v", row, got, want)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	nothing := &graph.Graph{
		Nodes:   []*graph.Node{{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"y"}}},
		Inputs:  []*graph.Value{graph.NewValue("x", graph.Float32)},
		Outputs: []*graph.Value{graph.NewValue("y", graph.Float32)},
	}
	for _, test := range []struct {
		name, says string
	}{
		{models.MoonshineDecoder, "no branches"},
		{models.MoonshineCross, "no branches"},
		{models.MoonshineEncoder, "no stored bytes"},
		{"other.onnx", "other.onnx"},
	} {
		if _, err := convert(t, test.name, nothing); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want ErrModel and %q", test.name, err, test.says)
		}
	}
	if err := Convert(t.Context(), models.MoonshineEncoder, "no such file", filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("a source that is not there was converted")
	}
}

func TestRecipesRefuseOtherDecoders(t *testing.T) {
	change := func(f func(choice *graph.Node)) *graph.Graph {
		g := smallDecoder()
		f(g.Nodes[len(g.Nodes)-1])
		return g
	}
	tests := map[string]struct {
		recipe func(*graph.Graph) error
		graph  *graph.Graph
	}{
		"no later branch": {makeDecoder, change(func(n *graph.Node) { n.Attributes = n.Attributes[1:] })},
		"other outputs":   {makeDecoder, change(func(n *graph.Node) { n.Branch("then_branch").Outputs[3].Name = "other" })},
		"fewer outputs":   {makeDecoder, change(func(n *graph.Node) { n.Outputs = n.Outputs[1:] })},
		"no first branch": {makeCross, change(func(n *graph.Node) { n.Attributes = n.Attributes[:1] })},
		"keys from elsewhere": {makeCross, change(func(n *graph.Node) {
			for _, node := range n.Branch("else_branch").Nodes {
				if slices.Contains(node.Inputs, "encoder_hidden_states") {
					node.Inputs[0] = "row"
				}
			}
		})},
		"keys without product": {makeCross, change(func(n *graph.Node) { n.Branch("else_branch").Nodes = nil })},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.recipe(test.graph); !errors.Is(err, ErrModel) {
				t.Errorf("%v, want ErrModel", err)
			}
		})
	}
}
