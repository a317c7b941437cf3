//go:build cgo && linux && (amd64 || arm64)

package libllama

/*
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Context holds what a model has read, in several sequences that do not see each other.
type Context struct {
	p     *C.pl_context
	batch int
}

// NewContext makes room for sequences of perSequence tokens each. At most batch tokens are decoded in one call,
// with the given number of threads.
func (m *Model) NewContext(sequences, perSequence, batch, threads int) (*Context, error) {
	p := C.pl_context_new(m.p, C.int32_t(sequences), C.int32_t(perSequence), C.int32_t(batch), C.int32_t(threads))
	if p == nil {
		return nil, fmt.Errorf("libllama: no context of %d x %d tokens: %s", sequences, perSequence, lastError())
	}
	return &Context{p, batch}, nil
}

// Close frees the context.
func (c *Context) Close() { C.pl_context_free(c.p) }

// PerSequence is how many tokens a sequence can hold; the library may round what was asked for.
func (c *Context) PerSequence() int { return int(C.pl_context_per_sequence(c.p)) }

// Decode appends tokens to a sequence that holds pos tokens. After it, the next token can be sampled.
func (c *Context) Decode(tokens []int32, sequence, pos int) error {
	if len(tokens) == 0 || len(tokens) > c.batch {
		return fmt.Errorf("libllama: %d tokens in one call, want 1 to %d", len(tokens), c.batch)
	}
	code := C.pl_decode(c.p, (*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)), C.int32_t(sequence), C.int32_t(pos))
	if code != 0 {
		return fmt.Errorf("libllama: decoding %d tokens at %d failed with code %d", len(tokens), pos, int(code))
	}
	return nil
}

// Forget removes the tokens of a sequence from position from on.
func (c *Context) Forget(sequence, from int) error {
	if !C.pl_forget(c.p, C.int32_t(sequence), C.int32_t(from)) {
		return fmt.Errorf("libllama: this model cannot forget a part of what it has read")
	}
	return nil
}

// Copy makes an empty sequence hold what another holds.
func (c *Context) Copy(from, to int) { C.pl_copy(c.p, C.int32_t(from), C.int32_t(to)) }

// Sampling says how the next token is chosen.
type Sampling struct {
	PenaltyLast                                int // tokens that the penalties look at
	PenaltyRepeat, PenaltyFreq, PenaltyPresent float64
	TopK                                       int
	MinP, Temperature                          float64
	Seed                                       uint32
}

// Sampler chooses tokens for one answer.
type Sampler struct{ p unsafe.Pointer }

// NewSampler returns a sampler that remembers nothing yet.
func (m *Model) NewSampler(s Sampling) (*Sampler, error) {
	cs := C.pl_sampling{
		penalty_last: C.int32_t(s.PenaltyLast), penalty_repeat: C.float(s.PenaltyRepeat),
		penalty_freq: C.float(s.PenaltyFreq), penalty_present: C.float(s.PenaltyPresent),
		top_k: C.int32_t(s.TopK), min_p: C.float(s.MinP), temperature: C.float(s.Temperature), seed: C.uint32_t(s.Seed),
	}
	p := C.pl_sampler_new(m.p, &cs)
	if p == nil {
		return nil, fmt.Errorf("libllama: no sampler: %s", lastError())
	}
	return &Sampler{p}, nil
}

// Close frees the sampler.
func (s *Sampler) Close() { C.pl_sampler_free(s.p) }

// Sample chooses the token that follows what c has decoded last, and counts it.
func (s *Sampler) Sample(c *Context) int32 { return int32(C.pl_sample(s.p, c.p)) }
