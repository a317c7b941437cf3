package graph

import (
	"encoding/binary"
	"fmt"
	"math"
)

// weights is a matrix that a model stores as bytes and unpacks: byte*scale + offset.
type weights struct {
	bytes, scale, offset *Tensor
	transposed           bool // the model uses it the other way round
}

// Quantize makes multiplications by stored bytes work on the bytes themselves, with inputs that are turned into
// bytes on the fly. The weights stay what they were. It needs the operators of the domain com.microsoft, and returns
// how many multiplications it changed.
func (g *Graph) Quantize() (int, error) {
	made := g.Producers()
	done := map[string]bool{} // constants that were added
	changed := 0
	for _, n := range g.Nodes {
		if n.Op != "MatMul" || len(n.Inputs) != 2 {
			continue
		}
		w, ok := g.weights(made, n.Inputs[1])
		if !ok {
			continue
		}
		zero, ok := w.zeroPoint()
		if !ok {
			continue // the bytes stand for numbers that bytes with a whole zero point cannot express
		}
		name, zeroName := w.bytes.Name, w.bytes.Name+"_zero"
		if w.transposed {
			name += "_transposed"
			if !done[name] {
				turned, err := transpose(w.bytes, name)
				if err != nil {
					return changed, err
				}
				g.Tensors = append(g.Tensors, turned)
			}
		}
		if !done[zeroName] {
			g.Tensors = append(g.Tensors, NewTensor(zeroName, Int8, []byte{byte(zero)}, 1))
		}
		done[name], done[zeroName] = true, true
		n.Op, n.Domain = "DynamicQuantizeMatMul", "com.microsoft"
		n.Inputs = []string{n.Inputs[0], name, w.scale.Name, zeroName}
		changed++
	}
	return changed, nil
}

// weights finds out whether a value is an unpacked matrix.
func (g *Graph) weights(made map[string]*Node, name string) (weights, bool) {
	var w weights
	n := made[name]
	if n != nil && n.Op == "Transpose" && len(n.Inputs) == 1 {
		w.transposed = true
		n = made[n.Inputs[0]]
	}
	add, ok := operands(n, "Add", 2)
	if !ok {
		return w, false
	}
	mul, ok := operands(made[add[0]], "Mul", 2)
	if !ok {
		return w, false
	}
	cast, ok := operands(made[mul[0]], "Cast", 1)
	if !ok {
		return w, false
	}
	w.bytes, w.scale, w.offset = g.Tensor(cast[0]), g.Tensor(mul[1]), g.Tensor(add[1])
	return w, w.bytes != nil && w.bytes.Kind == Int8 && len(w.bytes.Dims) == 2 && w.scale.single() && w.offset.single()
}

// operands returns the inputs of a node of the given kind.
func operands(n *Node, op string, count int) ([]string, bool) {
	if n == nil || n.Op != op || len(n.Inputs) != count {
		return nil, false
	}
	return n.Inputs, true
}

// single reports whether t is one float.
func (t *Tensor) single() bool { return t != nil && t.Kind == Float32 && len(t.Data) == 4 }

func (t *Tensor) float() float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Data)))
}

// zeroPoint returns the byte that stands for zero, if there is one.
func (w weights) zeroPoint() (int8, bool) {
	exact := -w.offset.float() / w.scale.float()
	whole := math.Round(exact)
	if math.Abs(exact-whole) > 1e-3 || whole < math.MinInt8 || whole > math.MaxInt8 || math.IsNaN(exact) {
		return 0, false
	}
	return int8(whole), true
}

// transpose returns a matrix of bytes with rows and columns exchanged.
func transpose(t *Tensor, name string) (*Tensor, error) {
	rows, columns := t.Dims[0], t.Dims[1]
	if rows < 0 || columns < 0 || (columns > 0 && rows > int64(len(t.Data))/columns) ||
		rows*columns != int64(len(t.Data)) {
		return nil, fmt.Errorf("%w: %s has %d bytes for %v elements", ErrFormat, t.Name, len(t.Data), t.Dims)
	}
	data := make([]byte, len(t.Data))
	for r := range rows {
		for c := range columns {
			data[c*rows+r] = t.Data[r*columns+c]
		}
	}
	return NewTensor(name, Int8, data, columns, rows), nil
}

// QuantizeLookup makes the lookups of rows in a matrix of bytes read the transposed bytes that a multiplication
// already uses, so that the matrix is kept only once. The ids must be a matrix. Quantize must have been called before.
func (g *Graph) QuantizeLookup() {
	made := g.Producers()
	var nodes []*Node
	for _, n := range g.Nodes {
		nodes = append(nodes, n)
		if n.Op != "Gather" || len(n.Inputs) != 2 || len(n.Outputs) != 1 || n.axis() != 0 {
			continue
		}
		w, ok := g.weights(made, n.Inputs[0])
		if !ok || w.transposed {
			continue
		}
		turned := g.Tensor(w.bytes.Name + "_transposed")
		if turned == nil {
			continue
		}
		// Column by column: [width, rows of ids], which the transposition turns into [rows of ids, width].
		out, part := n.Outputs[0], func(s string) string { return n.Outputs[0] + "_" + s }
		nodes[len(nodes)-1] = &Node{Op: "Gather", Name: part("bytes"), Inputs: []string{turned.Name, n.Inputs[1]},
			Outputs: []string{part("bytes")}, Attributes: []*Attribute{Int("axis", 1)}}
		nodes = append(nodes,
			&Node{Op: "Transpose", Name: part("rows"), Inputs: []string{part("bytes")}, Outputs: []string{part("rows")},
				Attributes: []*Attribute{Ints("perm", 1, 2, 0)}},
			&Node{Op: "Cast", Name: part("cast"), Inputs: []string{part("rows")}, Outputs: []string{part("cast")},
				Attributes: []*Attribute{Int("to", int64(Float32))}},
			&Node{Op: "Mul", Name: part("mul"), Inputs: []string{part("cast"), w.scale.Name}, Outputs: []string{part("mul")}},
			&Node{Op: "Add", Name: part("add"), Inputs: []string{part("mul"), w.offset.Name}, Outputs: []string{out}},
		)
	}
	g.Nodes = nodes
}

// axis returns the axis of a lookup.
func (n *Node) axis() int64 {
	for _, a := range n.Attributes {
		if a.Name == "axis" {
			return a.int
		}
	}
	return 0
}
