package hibari

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/internal/ort"
)

// guesser is the network that finds the phonemes of words that are in no dictionary. It is safe for concurrent use.
type guesser struct {
	session *ort.Session
	in      map[rune]int64
	out     []string
	longest int // letters

	mu     sync.Mutex
	recent map[string]string
}

// mostRecent is how many guesses are kept. Names come again in a conversation, and a guess costs about a millisecond.
const mostRecent = 4096

func openGuesser() (*guesser, error) {
	var table struct {
		In      []string `json:"in"`
		Out     []string `json:"out"`
		Slots   int      `json:"slots"`
		Longest int      `json:"maxlen"`
	}
	data, err := readFile("oov.json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &table); err != nil {
		return nil, fmt.Errorf("%w: oov.json: %w", ErrModel, err)
	}
	if len(table.In) == 0 || len(table.Out) == 0 || table.Longest < 1 {
		return nil, fmt.Errorf("%w: oov.json has %d letters and %d phonemes", ErrModel, len(table.In), len(table.Out))
	}
	g := &guesser{in: make(map[rune]int64, len(table.In)), out: table.Out, longest: table.Longest, recent: map[string]string{}}
	for i, s := range table.In {
		r, _ := utf8.DecodeRuneInString(s)
		g.in[r] = int64(i) + 1
	}
	if g.session, err = ort.Open(models.Hibari, "oov.onnx", []string{"chars"}, []string{"ids"}); err != nil {
		return nil, err
	}
	return g, nil
}

// guess returns the phonemes of a word, or nothing if it has no letters that the network knows.
func (g *guesser) guess(word string) (string, error) {
	g.mu.Lock()
	ps, ok := g.recent[word]
	g.mu.Unlock()
	if ok {
		return ps, nil
	}
	ps, err := g.ask(word)
	if err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.recent) >= mostRecent {
		clear(g.recent)
	}
	g.recent[word] = ps
	return ps, nil
}

func (g *guesser) ask(word string) (string, error) {
	var letters []int64
	for _, r := range word {
		if id, ok := g.in[r]; ok && len(letters) < g.longest {
			letters = append(letters, id)
		}
	}
	if len(letters) == 0 {
		return "", nil
	}
	in, err := ort.Tensor(letters, 1, int64(len(letters)))
	if err != nil {
		return "", err
	}
	defer ort.Free(in)
	out := make([]ort.Value, 1)
	if err := g.session.Run([]ort.Value{in}, out); err != nil {
		return "", err
	}
	defer ort.Free(out...)
	ids, err := ort.Data[int64](out[0])
	if err != nil {
		return "", err
	}
	// Each letter has several slots for phonemes. The same one in slots that follow each other counts once.
	var b strings.Builder
	last := int64(0)
	for _, id := range ids {
		if id != last && id > 0 && id <= int64(len(g.out)) {
			b.WriteString(g.out[id-1])
		}
		last = id
	}
	return b.String(), nil
}

func (g *guesser) close() error { return g.session.Close() }
