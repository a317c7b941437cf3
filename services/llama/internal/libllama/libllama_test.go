//go:build cgo && linux && (amd64 || arm64)

package libllama

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/internal/models"
)

// load opens the library and the small model, or skips where they are not installed.
func load(t *testing.T) *Model {
	t.Helper()
	folder, err := models.Folder(models.Llama)
	if err == nil {
		var path string
		if path, err = models.File(models.SmolLM2, models.SmolLM2Model); err == nil {
			if err = Open(folder, models.GGMLLibrary, models.LlamaLibrary); err != nil {
				t.Fatal(err)
			}
			m, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(m.Close)
			return m
		}
	}
	if errors.Is(err, models.ErrMissing) || errors.Is(err, models.ErrPlatform) {
		t.Skip("`parley setup` has not been run here")
	}
	t.Fatal(err)
	return nil
}

// TestLibrary tests all in one: the library is opened once in a process.
func TestLibrary(t *testing.T) {
	if err := Open(t.TempDir(), "none.so", "none.so"); err == nil || !strings.Contains(err.Error(), "none.so") {
		t.Errorf("no library: error %v", err)
	}
	m := load(t)
	t.Run("model", func(t *testing.T) { testModel(t, m) })
	t.Run("generation", func(t *testing.T) { testGeneration(t, m) })
	t.Run("sequences", func(t *testing.T) { testSequences(t, m) })
	t.Run("bad files", testBadFiles)
}

func testModel(t *testing.T, m *Model) {
	if !strings.HasPrefix(m.String(), "llama") || m.TrainContext() != 8192 || SystemInfo() == "" {
		t.Errorf("got %v, %d tokens", m, m.TrainContext())
	}
	text, ok := m.Render([]Message{{"system", "S"}, {"user", strings.Repeat("long ", 2000)}})
	if want := "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n"; !ok || !strings.HasPrefix(text, want) || !strings.HasSuffix(text, "<|im_start|>assistant\n") {
		t.Errorf("template gives %.80q", text)
	}
	for _, special := range []bool{true, false} {
		tokens, err := m.Tokenize("<|im_start|>Hello, café \x00 日本 😀", special, true)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, tok := range tokens {
			b.Write(m.Piece(tok))
		}
		want := "<|im_start|>Hello, café \x00 日本 😀"
		if special { // then it is one token, which has no text
			want = strings.TrimPrefix(want, "<|im_start|>")
		}
		if b.String() != want {
			t.Errorf("special %v: %q came back as %q", special, want, b.String())
		}
	}
	if none, err := m.Tokenize("", false, false); err != nil || len(none) != 0 {
		t.Errorf("no text gives %v, %v", none, err)
	}
	if end, _ := m.Tokenize("<|im_end|>", true, false); len(end) != 1 || !m.IsEnd(end[0]) {
		t.Errorf("the end is %v", end)
	}
}

// continueGreedy reads a prompt into a sequence and returns what the model says to it.
func continueGreedy(t *testing.T, m *Model, c *Context, s Sampling, seq int, prompt string, n int) string {
	t.Helper()
	sampler, err := m.NewSampler(s)
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Close()
	next, err := m.Tokenize(prompt, true, true)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for pos := 0; n > 0; n-- {
		if err := c.Decode(next, seq, pos); err != nil {
			t.Fatal(err)
		}
		pos += len(next)
		tok := sampler.Sample(c)
		if m.IsEnd(tok) {
			break
		}
		b.Write(m.Piece(tok))
		next = []int32{tok}
	}
	return b.String()
}

const paris = "<|im_start|>user\nWhat is two plus two?<|im_end|>\n<|im_start|>assistant\nTwo plus two is four.<|im_end|>\n" +
	"<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"

func testGeneration(t *testing.T, m *Model) {
	c, err := m.NewContext(1, 512, 128, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	greedy := Sampling{PenaltyRepeat: 1}
	first := continueGreedy(t, m, c, greedy, 0, paris, 24)
	if !strings.Contains(first, "Paris") {
		t.Errorf("the model says %q", first)
	}
	if err := c.Forget(0, 0); err != nil {
		t.Fatal(err)
	}
	if again := continueGreedy(t, m, c, greedy, 0, paris, 24); again != first {
		t.Errorf("the model says %q after it said %q", again, first)
	}
	// The penalty sees what was said: with a very high one, no word comes twice.
	c.Forget(0, 0)
	long := continueGreedy(t, m, c, Sampling{PenaltyLast: 200, PenaltyRepeat: 50}, 0, "<|im_start|>user\nSay hello again and again.<|im_end|>\n<|im_start|>assistant\n", 30)
	seen := map[string]bool{}
	for _, w := range strings.Fields(long) {
		if seen[w] {
			t.Errorf("%q comes twice in %q", w, long)
		}
		seen[w] = true
	}
	// The seed decides.
	var said []string
	for _, seed := range []uint32{7, 7, 8} {
		c.Forget(0, 0)
		said = append(said, continueGreedy(t, m, c, Sampling{PenaltyRepeat: 1, TopK: 100, MinP: 0.001, Temperature: 2, Seed: seed}, 0, paris, 12))
	}
	if said[0] != said[1] || said[0] == said[2] {
		t.Errorf("seeds 7, 7 and 8 give %q", said)
	}
	if err := c.Decode(make([]int32, 200), 0, 0); err == nil {
		t.Error("more tokens than a batch has were taken")
	}
	if err := c.Decode(nil, 0, 0); err == nil {
		t.Error("no tokens were taken")
	}
}

func testSequences(t *testing.T, m *Model) {
	c, err := m.NewContext(3, 256, 128, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.PerSequence() < 256 {
		t.Errorf("%d tokens in a sequence", c.PerSequence())
	}
	greedy := Sampling{PenaltyRepeat: 1}
	alone := continueGreedy(t, m, c, greedy, 0, paris, 12)
	other := continueGreedy(t, m, c, greedy, 1, "<|im_start|>user\nTell me a joke.<|im_end|>\n<|im_start|>assistant\n", 12)
	if alone == other {
		t.Errorf("two sequences say the same: %q", alone)
	}
	// A copy goes on where the original is.
	prompt, err := m.Tokenize(paris, true, true)
	if err != nil {
		t.Fatal(err)
	}
	c.Forget(0, 0)
	if err := c.Decode(prompt[:len(prompt)-1], 0, 0); err != nil {
		t.Fatal(err)
	}
	c.Copy(0, 2)
	for _, seq := range []int{0, 2} {
		s, err := m.NewSampler(greedy)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Decode(prompt[len(prompt)-1:], seq, len(prompt)-1); err != nil {
			t.Fatal(err)
		}
		if got := string(m.Piece(s.Sample(c))); got == "" || !strings.HasPrefix(alone, got) {
			t.Errorf("sequence %d begins with %q and not as %q", seq, got, alone)
		}
		s.Close()
	}
	// A full sequence is an error, and no crash.
	c.Forget(1, 0)
	pos := 0
	for err == nil && pos < 1000 {
		err = c.Decode(prompt[:50], 1, pos)
		pos += 50
	}
	if err == nil || pos < c.PerSequence() {
		t.Errorf("after %d tokens: error %v", pos, err)
	}
}

func testBadFiles(t *testing.T) {
	path, err := models.File(models.SmolLM2, models.SmolLM2Model)
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "magic only": []byte("GGUF"), "text": []byte("hello, this is no model"),
		"cut in the header": good[:10_000], "cut in the weights": good[:len(good)/2],
	} {
		file := filepath.Join(t.TempDir(), "bad.gguf")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(file); err == nil {
			m.Close()
			t.Errorf("%s: it was loaded", name)
		}
	}
}
