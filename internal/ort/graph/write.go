package graph

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// Marshal returns the model as the content of a file.
func (m *Model) Marshal() []byte {
	out := appendInt(nil, 1, m.IRVersion)
	out = appendBytes(out, 7, m.Graph.marshal())
	for _, o := range m.Opsets {
		out = appendBytes(out, 8, appendInt(appendString(nil, 1, o.Domain), 2, o.Version))
	}
	return out
}

func (g *Graph) marshal() []byte {
	var out []byte
	for _, n := range g.Nodes {
		out = appendBytes(out, 1, n.marshal())
	}
	name := g.Name
	if name == "" {
		name = "graph" // one is required
	}
	out = appendString(out, 2, name)
	for _, t := range g.Tensors {
		out = appendBytes(out, 5, t.marshal())
	}
	for _, v := range g.Inputs {
		out = appendBytes(out, 11, v.raw)
	}
	for _, v := range g.Outputs {
		out = appendBytes(out, 12, v.raw)
	}
	return out
}

func (n *Node) marshal() []byte {
	var out []byte
	for _, in := range n.Inputs {
		out = appendString(out, 1, in)
	}
	for _, o := range n.Outputs {
		out = appendString(out, 2, o)
	}
	out = appendString(out, 3, n.Name)
	out = appendString(out, 4, n.Op)
	for _, a := range n.Attributes {
		out = appendBytes(out, 5, a.raw)
	}
	return appendString(out, 7, n.Domain)
}

func (t *Tensor) marshal() []byte {
	if t.raw != nil {
		return t.raw
	}
	var out []byte
	for _, d := range t.Dims {
		out = appendInt(out, 1, d)
	}
	out = appendInt(out, 2, int64(t.Kind))
	out = appendString(out, 8, t.Name)
	return appendBytes(out, 9, t.Data)
}

// NewTensor makes a constant of raw elements.
func NewTensor(name string, kind Kind, data []byte, dims ...int64) *Tensor {
	return &Tensor{Name: name, Kind: kind, Dims: dims, Data: data}
}

// NewInts makes a constant that is a list of numbers.
func NewInts(name string, list ...int64) *Tensor {
	var data []byte
	for _, v := range list {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return NewTensor(name, Int64, data, int64(len(list)))
}

// NewValue makes an input or output. Its shape is left open.
func NewValue(name string, kind Kind) *Value {
	tensorType := appendInt(nil, 1, int64(kind))
	return &Value{Name: name, raw: appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensorType))}
}

// Types of attributes.
const (
	attributeInt   = 2
	attributeGraph = 5
	attributeInts  = 7
)

// Int makes an attribute that is a number.
func Int(name string, v int64) *Attribute {
	raw := appendInt(appendString(nil, 1, name), 3, v)
	return &Attribute{Name: name, int: v, raw: appendInt(raw, 20, attributeInt)}
}

// Ints makes an attribute that is a list of numbers.
func Ints(name string, list ...int64) *Attribute {
	raw := appendString(nil, 1, name)
	for _, v := range list {
		raw = appendInt(raw, 8, v)
	}
	return &Attribute{Name: name, raw: appendInt(raw, 20, attributeInts)}
}

// Branch makes an attribute that is a graph. Later changes of the graph do not reach it.
func Branch(name string, g *Graph) *Attribute {
	raw := appendBytes(appendString(nil, 1, name), 6, g.marshal())
	return &Attribute{Name: name, Graph: g, raw: appendInt(raw, 20, attributeGraph)}
}

func appendInt(out []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(out, num, protowire.VarintType), uint64(v))
}

func appendBytes(out []byte, num protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(out, num, protowire.BytesType), v)
}

func appendString(out []byte, num protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(out, num, protowire.BytesType), v)
}
