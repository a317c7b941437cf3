package graph

// Model is the content of an ONNX file.
type Model struct {
	IRVersion int64
	Opsets    []Opset
	Graph     *Graph
}

// Opset is a set of operators that nodes may use. The standard one has no domain.
type Opset struct {
	Domain  string
	Version int64
}

// Graph is a network, or a branch of one.
type Graph struct {
	Name    string
	Nodes   []*Node // in an order in which they can run
	Tensors []*Tensor
	Inputs  []*Value
	Outputs []*Value
}

// Node is one operation.
type Node struct {
	Op, Domain, Name string
	Inputs, Outputs  []string
	Attributes       []*Attribute
}

// Attribute is a parameter of a node. It is kept as it was read; a branch can be looked into, but not changed.
type Attribute struct {
	Name  string
	Graph *Graph // nil for everything but branches
	int   int64  // its value, if it is a number
	raw   []byte
}

// Kind is the type of a tensor's elements.
type Kind int64

// The kinds that weights have.
const (
	Float32 Kind = 1
	Int8    Kind = 3
	Int64   Kind = 7
)

// Tensor is a constant of a graph.
type Tensor struct {
	Name string
	Kind Kind
	Dims []int64
	Data []byte // little endian; nil in the rare files that keep elements one by one
	raw  []byte // the message, if it is unchanged
}

// Value is the name and type of an input or output of a graph.
type Value struct {
	Name string
	raw  []byte
}

// Branch returns the named branch of a node, or nil.
func (n *Node) Branch(name string) *Graph {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.Graph
		}
	}
	return nil
}

// Producers returns which node makes each value.
func (g *Graph) Producers() map[string]*Node {
	m := map[string]*Node{}
	for _, n := range g.Nodes {
		for _, out := range n.Outputs {
			m[out] = n
		}
	}
	return m
}

// Tensor returns the constant of the given name, or nil.
func (g *Graph) Tensor(name string) *Tensor {
	for _, t := range g.Tensors {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Prune removes all nodes, constants and inputs that the outputs do not depend on.
func (g *Graph) Prune() {
	made := g.Producers()
	used := map[string]bool{}
	live := map[*Node]bool{}
	var todo []string
	for _, out := range g.Outputs {
		todo = append(todo, out.Name)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if used[name] {
			continue
		}
		used[name] = true
		if n := made[name]; n != nil {
			live[n] = true
			todo = append(todo, n.Inputs...)
		}
	}
	g.Nodes = keep(g.Nodes, func(n *Node) bool { return live[n] })
	g.Tensors = keep(g.Tensors, func(t *Tensor) bool { return used[t.Name] })
	g.Inputs = keep(g.Inputs, func(v *Value) bool { return used[v.Name] })
}

func keep[T any](list []T, wanted func(T) bool) []T {
	var kept []T
	for _, x := range list {
		if wanted(x) {
			kept = append(kept, x)
		}
	}
	return kept
}
