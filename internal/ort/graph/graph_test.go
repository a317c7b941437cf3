package graph

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"
)

func floats(list ...float32) []byte {
	var data []byte
	for _, f := range list {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(f))
	}
	return data
}

// stored is a graph that looks up a row of a 3 x 4 matrix of bytes and multiplies it by the same matrix, transposed,
// and by another one of 4 x 2.
func stored(offset float32) *Graph {
	return &Graph{
		Name: "stored",
		Nodes: []*Node{
			{Op: "Cast", Inputs: []string{"w"}, Outputs: []string{"w1"}, Attributes: []*Attribute{Int("to", 1)}},
			{Op: "Mul", Inputs: []string{"w1", "s"}, Outputs: []string{"w2"}},
			{Op: "Add", Inputs: []string{"w2", "o"}, Outputs: []string{"w3"}},
			{Op: "Transpose", Inputs: []string{"w3"}, Outputs: []string{"wt"}, Attributes: []*Attribute{Ints("perm", 1, 0)}},
			{Op: "Cast", Inputs: []string{"v"}, Outputs: []string{"v1"}, Attributes: []*Attribute{Int("to", 1)}},
			{Op: "Mul", Inputs: []string{"v1", "s"}, Outputs: []string{"v2"}},
			{Op: "Add", Inputs: []string{"v2", "o"}, Outputs: []string{"v3"}},
			{Op: "Gather", Inputs: []string{"w3", "ids"}, Outputs: []string{"row"}},
			{Op: "MatMul", Inputs: []string{"row", "wt"}, Outputs: []string{"scores"}},
			{Op: "MatMul", Inputs: []string{"row", "v3"}, Outputs: []string{"side"}},
			{Op: "MatMul", Inputs: []string{"row", "wt"}, Outputs: []string{"unused"}},
		},
		Tensors: []*Tensor{
			NewTensor("w", Int8, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 4),
			NewTensor("v", Int8, []byte{0xff, 1, 2, 3, 4, 5, 6, 7}, 4, 2),
			NewTensor("s", Float32, floats(0.5), 1),
			NewTensor("o", Float32, floats(offset), 1),
			NewTensor("lost", Float32, floats(1), 1),
		},
		Inputs:  []*Value{NewValue("ids", Int64), NewValue("other", Float32)},
		Outputs: []*Value{NewValue("scores", Float32), NewValue("side", Float32)},
	}
}

func ops(g *Graph) []string {
	var list []string
	for _, n := range g.Nodes {
		list = append(list, n.Op)
	}
	return list
}

func TestRoundTrip(t *testing.T) {
	inner := stored(1)
	m := &Model{IRVersion: 10, Opsets: []Opset{{"", 14}, {"com.microsoft", 1}}, Graph: stored(1)}
	m.Graph.Nodes = append(m.Graph.Nodes, &Node{Op: "If", Name: "choice", Inputs: []string{"ids"}, Outputs: []string{"y"},
		Attributes: []*Attribute{Branch("then_branch", inner)}})
	once, err := Parse(m.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Parse(once.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	unexported := cmp.Options{cmpopts.IgnoreUnexported(Attribute{}, Tensor{}, Value{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(once, twice, unexported); diff != "" {
		t.Errorf("reading what was written (-once +twice):\n%s", diff)
	}
	if once.IRVersion != 10 || !slices.Equal(once.Opsets, m.Opsets) || once.Graph.Name != "stored" {
		t.Errorf("read %d, %v, %q", once.IRVersion, once.Opsets, once.Graph.Name)
	}
	if diff := cmp.Diff(stored(1).Tensors, once.Graph.Tensors, unexported); diff != "" {
		t.Errorf("tensors (-want +got):\n%s", diff)
	}
	read := once.Graph.Nodes[len(once.Graph.Nodes)-1].Branch("then_branch")
	if read == nil || !slices.Equal(ops(read), ops(inner)) {
		t.Fatalf("the branch was not read: %+v", read)
	}
	if once.Graph.Nodes[0].Branch("to") != nil {
		t.Error("a number was read as a branch")
	}
}

func TestQuantize(t *testing.T) {
	g := stored(-2) // bytes stand for 0.5*b - 2, so 4 is zero
	n, err := g.Quantize()
	if err != nil || n != 3 {
		t.Fatalf("Quantize() = %d, %v; want 3", n, err)
	}
	g.QuantizeLookup()
	g.Prune()
	want := []string{"Gather", "Transpose", "Cast", "Mul", "Add", "DynamicQuantizeMatMul", "DynamicQuantizeMatMul"}
	if diff := cmp.Diff(want, ops(g)); diff != "" {
		t.Fatalf("nodes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"row", "w_transposed", "s", "w_zero"}, g.Nodes[5].Inputs); diff != "" {
		t.Errorf("inputs of the multiplication (-want +got):\n%s", diff)
	}
	turned := g.Tensor("w_transposed")
	if turned == nil || !slices.Equal(turned.Dims, []int64{4, 3}) ||
		!slices.Equal(turned.Data, []byte{1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12}) {
		t.Errorf("transposed: %+v", turned)
	}
	if zero := g.Tensor("w_zero"); zero == nil || !slices.Equal(zero.Data, []byte{4}) {
		t.Errorf("zero point: %+v", zero)
	}
	if g.Tensor("w") != nil || g.Tensor("lost") != nil || len(g.Inputs) != 1 {
		t.Error("something that is not used any more was kept")
	}
}

func TestQuantizeLeavesAlone(t *testing.T) {
	tests := map[string]func(g *Graph){
		"no whole zero point": func(g *Graph) { g.Tensor("o").Data = floats(-2.1) },
		"zero point too big":  func(g *Graph) { g.Tensor("o").Data = floats(-100) },
		"no scale":            func(g *Graph) { g.Tensor("s").Data = floats(0) },
		"scale per column":    func(g *Graph) { g.Tensor("s").Data = floats(1, 2, 3) },
		"not bytes":           func(g *Graph) { g.Tensor("w").Kind, g.Tensor("v").Kind = 6, 6 },
		"not constant":        func(g *Graph) { g.Tensor("w").Name, g.Tensor("v").Name = "x", "y" },
		"not a matrix":        func(g *Graph) { g.Tensor("w").Dims, g.Tensor("v").Dims = []int64{12}, []int64{8} },
		"other arithmetic":    func(g *Graph) { g.Nodes[2].Op, g.Nodes[6].Op = "Sub", "Sub" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			g := stored(-2)
			change(g)
			before := ops(g)
			if n, err := g.Quantize(); n != 0 || err != nil {
				t.Errorf("Quantize() = %d, %v; want 0", n, err)
			}
			g.QuantizeLookup()
			if diff := cmp.Diff(before, ops(g)); diff != "" {
				t.Errorf("nodes changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestQuantizeLeavesLookupsInColumnsAlone(t *testing.T) {
	g := stored(-2)
	for _, n := range g.Nodes {
		if n.Op == "Gather" {
			n.Attributes = []*Attribute{Int("axis", 1)}
		}
	}
	if _, err := g.Quantize(); err != nil {
		t.Fatal(err)
	}
	before := len(g.Nodes)
	g.QuantizeLookup()
	if len(g.Nodes) != before {
		t.Error("a lookup along another axis was changed")
	}
}

func TestQuantizeRefusesTensorsOfTheWrongSize(t *testing.T) {
	for _, dims := range [][]int64{{3, 5}, {-3, -4}, {1 << 62, 4}, {0, 0}} {
		g := stored(-2)
		g.Tensor("w").Dims = dims
		if _, err := g.Quantize(); !errors.Is(err, ErrFormat) {
			t.Errorf("dimensions %v: %v, want ErrFormat", dims, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := (&Model{IRVersion: 10, Graph: stored(1)}).Marshal()
	nested := []byte{}
	for range maxDepth + 2 {
		nested = appendBytes(nil, 1, appendBytes(nil, 5, appendBytes(nil, 6, nested)))
	}
	tests := map[string][]byte{
		"nothing":        nil,
		"text":           []byte("not a model at all"),
		"cut off":        good[:len(good)-5],
		"no graph":       appendInt(nil, 1, 10),
		"damaged dims":   appendBytes(nil, 7, appendBytes(nil, 5, appendBytes(nil, 1, []byte{0x80}))),
		"too deep":       appendBytes(nil, 7, nested),
		"field number 0": {0, 1},
	}
	for name, data := range tests {
		if m, err := Parse(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %+v, %v; want ErrFormat", name, m, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add((&Model{IRVersion: 10, Opsets: []Opset{{"", 14}}, Graph: stored(-2)}).Marshal())
	f.Add([]byte{})
	f.Add(protowire.AppendTag(nil, 7, protowire.BytesType))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("%v is not an ErrFormat", err)
			}
			return
		}
		if _, err := m.Graph.Quantize(); err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("Quantize: %v is not an ErrFormat", err)
		}
		m.Graph.QuantizeLookup()
		m.Graph.Prune()
		if _, err := Parse(m.Marshal()); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
