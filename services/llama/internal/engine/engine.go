package engine

import (
	"context"
	"errors"
	"sync"
)

var (
	// ErrBusy is returned when all slots are taken and the queue is full.
	ErrBusy = errors.New("engine: all slots are busy and the queue is full")
	// ErrTooLong is returned for a request that does not fit into a slot, even without its history.
	ErrTooLong = errors.New("engine: the request is too long")
)

// Backend is a model with room for several sequences of tokens, the slots. Decode, Forget, Copy and the samplers are
// called by one goroutine at a time; the rest may be called by many.
type Backend interface {
	// Tokenize turns text into tokens. special says whether the names of control tokens stand for these; start puts
	// the token in front that the model wants at the beginning.
	Tokenize(text string, special, start bool) ([]int32, error)
	// Piece returns the bytes of a token.
	Piece(token int32) []byte
	// IsEnd says whether a token ends an answer.
	IsEnd(token int32) bool
	// Render writes messages as the model wants them, up to the beginning of its answer; ok is false if the model
	// has no template of its own.
	Render(messages []Message) (text string, ok bool)
	// Decode reads tokens into a slot that holds pos tokens.
	Decode(tokens []int32, slot, pos int) error
	// Forget removes the tokens of a slot from position from on.
	Forget(slot, from int) error
	// Copy makes an empty slot hold what another holds.
	Copy(from, to int) error
	// Sampler returns a sampler for one answer.
	Sampler(Sampling) (Sampler, error)
}

// Sampler chooses tokens.
type Sampler interface {
	// Sample chooses the token that follows what was decoded last, and counts it for the penalties.
	Sample() int32
	Close()
}

// Message is one message of a conversation.
type Message struct{ Role, Text string }

// Sampling says how tokens are chosen and when an answer ends.
type Sampling struct {
	// Temperature spreads the choice; 0 always takes the likeliest token.
	Temperature float64 `json:"temperature"`
	// MinP drops tokens that are less likely than this share of the likeliest one.
	MinP float64 `json:"min_p"`
	// TopK keeps only so many tokens; 0 keeps all.
	TopK int `json:"top_k"`
	// RepeatPenalty divides the scores of tokens that were used lately; 1 is off.
	RepeatPenalty float64 `json:"repeat_penalty"`
	// FrequencyPenalty is taken off a token's score for each time it was used lately; PresencePenalty once.
	FrequencyPenalty float64 `json:"frequency_penalty"`
	PresencePenalty  float64 `json:"presence_penalty"`
	// PenaltyTokens is how many tokens back "lately" reaches.
	PenaltyTokens int `json:"penalty_tokens"`
	// MaxTokens limits the answer.
	MaxTokens int `json:"max_tokens"`
	// MaxSentences ends an answer after so many sentences, and at the end of a line; 0 does not.
	MaxSentences int `json:"max_sentences"`
	// Seed makes answers repeatable; 0 takes a new one each time.
	Seed uint32 `json:"seed"`
}

// Options are the sizes of an Engine.
type Options struct {
	// Slots is the number of conversations that are kept at the same time.
	Slots int
	// SlotTokens is how many tokens one of them can hold.
	SlotTokens int
	// Step is the most tokens that are read at once; a request can stop only between steps.
	Step int
	// Queue is how many requests may wait for a slot.
	Queue int
	// Examples are put behind the system message of every conversation, to show a small model what is wanted.
	Examples []Message
}

// Engine answers conversations. It is safe for concurrent use.
type Engine struct {
	backend Backend
	opts    Options
	// turn holds a token while the backend is free. Waiting for it is first come, first served.
	turn  chan struct{}
	slots *slots
	// life ends with Close; ahead are the goroutines that read ahead after an answer.
	life  context.Context
	end   context.CancelFunc
	ahead sync.WaitGroup
}

// New returns an engine over a backend that has at least opts.Slots slots of opts.SlotTokens tokens.
func New(b Backend, opts Options) *Engine {
	e := &Engine{backend: b, opts: opts, turn: make(chan struct{}, 1), slots: newSlots(opts.Slots, opts.Queue)}
	e.turn <- struct{}{}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// Close ends what the engine does by itself and waits for it. Requests must have ended before.
func (e *Engine) Close() {
	e.end()
	e.ahead.Wait()
}

// step runs f with the backend to itself.
func (e *Engine) step(ctx context.Context, f func() error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.turn:
	}
	defer func() { e.turn <- struct{}{} }()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return f()
}
