package ort

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort/graph"
)

// storedModel multiplies x by a matrix of 3 x 2 that is stored as bytes: {{-1.5, 0}, {1, 2.5}, {0.5, -1}}.
func storedModel() *graph.Model {
	float := func(name string, v float32) *graph.Tensor {
		return graph.NewTensor(name, graph.Float32, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)), 1)
	}
	return &graph.Model{
		IRVersion: 10,
		Opsets:    []graph.Opset{{Version: 14}, {Domain: "com.microsoft", Version: 1}},
		Graph: &graph.Graph{
			Nodes: []*graph.Node{
				{Op: "Cast", Inputs: []string{"w"}, Outputs: []string{"w1"}, Attributes: []*graph.Attribute{graph.Int("to", 1)}},
				{Op: "Mul", Inputs: []string{"w1", "scale"}, Outputs: []string{"w2"}},
				{Op: "Add", Inputs: []string{"w2", "offset"}, Outputs: []string{"w3"}},
				{Op: "MatMul", Inputs: []string{"x", "w3"}, Outputs: []string{"y"}},
			},
			Tensors: []*graph.Tensor{
				graph.NewTensor("w", graph.Int8, []byte{0, 3, 5, 8, 4, 1}, 3, 2), float("scale", 0.5), float("offset", -1.5),
			},
			Inputs:  []*graph.Value{graph.NewValue("x", graph.Float32)},
			Outputs: []*graph.Value{graph.NewValue("y", graph.Float32)},
		},
	}
}

func open(t *testing.T, m *graph.Model) *Session {
	t.Helper()
	s, err := OpenData("a test model", m.Marshal(), []string{"x"}, []string{"y"})
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// run runs a model on a matrix with 3 columns.
func run(s *Session, x ...float32) ([]float32, error) {
	in, err := Tensor(x, int64(len(x)/3), 3)
	if err != nil {
		return nil, err
	}
	defer Free(in)
	out := []Value{nil}
	if err := s.Run([]Value{in}, out); err != nil {
		return nil, err
	}
	defer Free(out...)
	data, err := Data[float32](out[0])
	return append([]float32(nil), data...), err
}

func near(a, b []float32, tolerance float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > tolerance {
			return false
		}
	}
	return true
}

func TestRun(t *testing.T) {
	s := open(t, storedModel())
	got, err := run(s, 1, 2, 4, 0, -1, 0)
	if want := []float32{2.5, 1, -1, -2.5}; err != nil || !near(got, want, 1e-6) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if Version() == "" {
		t.Error("the runtime has no version")
	}
}

func TestQuantizedModelGivesTheSame(t *testing.T) {
	m := storedModel()
	if n, err := m.Graph.Quantize(); n != 1 || err != nil {
		t.Fatalf("Quantize() = %d, %v; want 1", n, err)
	}
	m.Graph.Prune()
	got, err := run(open(t, m), 1, 2, 4, 0, -1, 0)
	if want := []float32{2.5, 1, -1, -2.5}; err != nil || !near(got, want, 0.05) {
		t.Errorf("got %v, %v; want about %v", got, err, want)
	}
}

func TestRunWritesToGivenOutputs(t *testing.T) {
	s := open(t, storedModel())
	in, err := Tensor([]float32{1, 2, 4}, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(in)
	y := make([]float32, 2)
	out, err := Tensor(y, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(out)
	if err := s.Run([]Value{in}, []Value{out}); err != nil || !near(y, []float32{2.5, 1}, 1e-6) {
		t.Errorf("got %v, %v", y, err)
	}
	if dims := Shape(out); len(dims) != 2 || dims[0] != 1 || dims[1] != 2 {
		t.Errorf("shape %v", dims)
	}
}

func TestRunAtOnce(t *testing.T) {
	s := open(t, storedModel())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			x := float32(i)
			for range 50 {
				if got, err := run(s, x, 0, 0); err != nil || !near(got, []float32{-1.5 * x, 0}, 1e-5) {
					t.Errorf("got %v, %v for %v", got, err, x)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestRunFailures(t *testing.T) {
	s := open(t, storedModel())
	in, err := Tensor([]float32{1, 2}, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(in)
	if err := s.Run([]Value{in}, []Value{nil}); !errors.Is(err, ErrRun) || !strings.Contains(err.Error(), "a test model") {
		t.Errorf("two columns: %v, want ErrRun and the model's name", err)
	}
	if err := s.Run([]Value{in, in}, []Value{nil}); !errors.Is(err, ErrRun) {
		t.Errorf("two inputs: %v, want ErrRun", err)
	}
}

func TestTensorFailures(t *testing.T) {
	if err := Start(); err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	for _, dims := range [][]int64{{2, 2}, {-1, 3}, {}, {1 << 62, 4}} {
		if _, err := Tensor([]float32{1, 2, 3}, dims...); !errors.Is(err, ErrTensor) {
			t.Errorf("3 floats as %v: %v, want ErrTensor", dims, err)
		}
	}
	v, err := Tensor([]int64{1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(v, nil)
	if _, err := Data[float32](v); !errors.Is(err, ErrTensor) {
		t.Errorf("floats of integers: %v, want ErrTensor", err)
	}
}

func TestModelFailures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path, []string{"x"}, []string{"y"}); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), path) {
		t.Errorf("no model: %v, want ErrModel and its path", err)
	}
	if _, err := OpenData("nothing", nil, []string{"x"}, []string{"y"}); !errors.Is(err, ErrModel) {
		t.Errorf("no data: %v, want ErrModel", err)
	}
	if err := SaveONNX(t.Context(), path, path+".onnx"); !errors.Is(err, ErrModel) {
		t.Errorf("converting no model: %v, want ErrModel", err)
	}
}

// The runtime is started once in a process, so what comes before that happens in another one.
func TestStartWithoutLibrary(t *testing.T) {
	if os.Getenv("PARLEY_TEST_START") != "" {
		_, err := Open(models.Silero, models.SileroModel, nil, nil)
		if !errors.Is(err, models.ErrMissing) {
			t.Errorf("model that is not there: %v, want models.ErrMissing", err)
		}
		err = Start()
		if !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), os.Getenv("PARLEY_TEST_START")) || Version() != "" {
			t.Errorf("Start: %v (version %q), want ErrRuntime and %q", err, Version(), os.Getenv("PARLEY_TEST_START"))
		}
		return
	}
	good, err := models.File(models.ONNXRuntime, models.RuntimeLibrary)
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	damaged := filepath.Join(t.TempDir(), filepath.Base(filepath.Dir(good)))
	if err := os.Mkdir(damaged, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, models.RuntimeLibrary), []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, dir := range map[string]string{"run `parley setup`": t.TempDir(), "fetch it anew": filepath.Dir(damaged)} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestStartWithoutLibrary$")
		cmd.Env = append(os.Environ(), models.EnvDir+"="+dir, "PARLEY_TEST_START="+says)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
	}
}
