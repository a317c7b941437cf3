package graph

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrFormat reports a file that is not an ONNX model, or a damaged one.
var ErrFormat = errors.New("graph: not a valid ONNX model")

// maxDepth limits how deep branches lie within each other.
const maxDepth = 8

// Parse reads a model. Tensors share memory with data.
func Parse(data []byte) (*Model, error) {
	m := &Model{}
	err := fields(data, func(f field) error {
		var err error
		switch f.num {
		case 1:
			m.IRVersion = f.int()
		case 7:
			m.Graph, err = parseGraph(f.bytes, 0)
		case 8:
			var o Opset
			err = fields(f.bytes, func(f field) error {
				switch f.num {
				case 1:
					o.Domain = string(f.bytes)
				case 2:
					o.Version = f.int()
				}
				return nil
			})
			m.Opsets = append(m.Opsets, o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if m.Graph == nil {
		return nil, fmt.Errorf("%w: it has no graph", ErrFormat)
	}
	return m, nil
}

func parseGraph(data []byte, depth int) (*Graph, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: branches are nested too deep", ErrFormat)
	}
	g := &Graph{}
	return g, fields(data, func(f field) error {
		switch f.num {
		case 1:
			n, err := parseNode(f.bytes, depth)
			g.Nodes = append(g.Nodes, n)
			return err
		case 2:
			g.Name = string(f.bytes)
		case 5:
			t, err := parseTensor(f.bytes)
			g.Tensors = append(g.Tensors, t)
			return err
		case 11, 12:
			v, err := parseValue(f.bytes)
			if f.num == 11 {
				g.Inputs = append(g.Inputs, v)
			} else {
				g.Outputs = append(g.Outputs, v)
			}
			return err
		}
		return nil
	})
}

func parseNode(data []byte, depth int) (*Node, error) {
	n := &Node{}
	return n, fields(data, func(f field) error {
		switch f.num {
		case 1:
			n.Inputs = append(n.Inputs, string(f.bytes))
		case 2:
			n.Outputs = append(n.Outputs, string(f.bytes))
		case 3:
			n.Name = string(f.bytes)
		case 4:
			n.Op = string(f.bytes)
		case 5:
			a := &Attribute{raw: f.bytes}
			n.Attributes = append(n.Attributes, a)
			return fields(f.bytes, func(f field) error {
				var err error
				switch f.num {
				case 1:
					a.Name = string(f.bytes)
				case 3:
					a.int = f.int()
				case 6:
					a.Graph, err = parseGraph(f.bytes, depth+1)
				}
				return err
			})
		case 7:
			n.Domain = string(f.bytes)
		}
		return nil
	})
}

func parseTensor(data []byte) (*Tensor, error) {
	t := &Tensor{raw: data}
	return t, fields(data, func(f field) error {
		switch f.num {
		case 1:
			if f.kind == protowire.VarintType {
				t.Dims = append(t.Dims, f.int())
				return nil
			}
			for packed := f.bytes; len(packed) > 0; {
				v, n := protowire.ConsumeVarint(packed)
				if n < 0 {
					return fmt.Errorf("%w: %w", ErrFormat, protowire.ParseError(n))
				}
				t.Dims = append(t.Dims, int64(v))
				packed = packed[n:]
			}
		case 2:
			t.Kind = Kind(f.int())
		case 8:
			t.Name = string(f.bytes)
		case 9:
			t.Data = f.bytes
		}
		return nil
	})
}

func parseValue(data []byte) (*Value, error) {
	v := &Value{raw: data}
	return v, fields(data, func(f field) error {
		if f.num == 1 {
			v.Name = string(f.bytes)
		}
		return nil
	})
}

// field is one field of a message.
type field struct {
	num    protowire.Number
	kind   protowire.Type
	bytes  []byte // of strings and messages
	varint uint64
}

func (f field) int() int64 { return int64(f.varint) }

// fields calls take for each field of a message.
func fields(message []byte, take func(field) error) error {
	for len(message) > 0 {
		num, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrFormat, protowire.ParseError(n))
		}
		message = message[n:]
		f := field{num: num, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(num, kind, message)
		}
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrFormat, protowire.ParseError(n))
		}
		message = message[n:]
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}
