package llama

import (
	"log/slog"
	"time"
)

type config struct {
	model        string
	threads      int
	slots        int
	slotTokens   int
	queue        int
	prompt       *string
	examples     []string
	ownExamples  bool
	sampling     *Sampling
	startTimeout time.Duration
	log          *slog.Logger
}

// Option changes what Start runs.
type Option func(*config)

// WithModel runs the model in a GGUF file in place of the demonstration model. Its licence is the caller's affair.
func WithModel(path string) Option { return func(c *config) { c.model = path } }

// WithThreads sets how many threads compute. More than there are idle cores make everything many times slower, for
// they wait for each other. The default is 1 for the demonstration model, and half of the cores otherwise, at most 8.
func WithThreads(n int) Option { return func(c *config) { c.threads = max(n, 1) } }

// WithSlots sets how many conversations the model keeps in mind at the same time, and how many tokens each may have
// with its answer; older turns are left out of longer ones. Default 4 of 2048. Memory grows with both: for the
// demonstration model 23 MB for each 1000 tokens.
func WithSlots(slots, tokens int) Option {
	return func(c *config) { c.slots, c.slotTokens = max(slots, 1), max(tokens, 256) }
}

// WithQueue sets how many requests may wait for a slot; the next one is refused with status 503. Default 16.
func WithQueue(n int) Option { return func(c *config) { c.queue = max(n, 0) } }

// WithSystemPrompt names the system message with which conversations will begin. It is read at the start, so that
// the first answer does not wait for it. The default is DemoPrompt for the demonstration model, and none otherwise.
func WithSystemPrompt(text string) Option { return func(c *config) { c.prompt = &text } }

// WithExamples puts turns behind the system message of every conversation, by the user and the assistant in turn: a
// small model follows examples better than instructions. They are read at the start and cost a call no time. The
// default is DemoExamples for the demonstration model, and none otherwise.
func WithExamples(turns ...string) Option {
	return func(c *config) { c.examples, c.ownExamples = turns, true }
}

// WithSampling sets how words are chosen. The default is DemoSampling for the demonstration model, and
// DefaultSampling otherwise.
func WithSampling(s Sampling) Option { return func(c *config) { c.sampling = &s } }

// WithStartTimeout bounds the loading of the model. Default 60 s.
func WithStartTimeout(d time.Duration) Option { return func(c *config) { c.startTimeout = d } }

// WithLogger sets the logger. What the process prints is logged at debug, its end at warning. The default is
// slog.Default.
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.log = l } }
