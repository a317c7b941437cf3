package engine

import (
	"context"
	"math/rand/v2"
)

// Request is a conversation to answer.
type Request struct {
	Messages []Message
	Sampling Sampling
}

// Result tells about an answer.
type Result struct {
	// PromptTokens is the length of the prompt, Reused how much of it was read before.
	PromptTokens, Reused int
	// Tokens is the length of the answer.
	Tokens int
	// Finish is "stop" if the model or the limit of sentences ended the answer, "length" if MaxTokens did.
	Finish string
}

// Generate answers a conversation. It gives the text of the answer to emit as it comes, in whole characters, and
// ends with an error if emit does. After it has returned, the model reads ahead what it can know of the next prompt.
func (e *Engine) Generate(ctx context.Context, r Request, emit func(text string) error) (Result, error) {
	limit := min(r.Sampling.MaxTokens, e.opts.SlotTokens/2) // at least half is for what was said before
	prompt, messages, err := e.fit(r.Messages, limit)
	if err != nil {
		return Result{}, err
	}
	s, err := e.slots.take(ctx, prompt)
	if err != nil {
		return Result{}, err
	}
	res := Result{PromptTokens: len(prompt)}
	text, err := e.answer(ctx, s, prompt, r.Sampling, limit, emit, &res)
	if err != nil {
		e.slots.release(s)
		return res, err
	}
	ctx, end := context.WithCancel(e.life)
	e.slots.mayPreempt(s, end)
	e.ahead.Go(func() { // ends with the reading, with the engine, or when another request wants the slot
		defer end()
		defer e.slots.release(s)
		_ = e.readAhead(ctx, s, append(messages[:len(messages):len(messages)], Message{"assistant", text}))
		// What could not be read ahead is read with the next request, which reports why if that fails too.
	})
	return res, nil
}

// answer reads a prompt and writes the answer.
func (e *Engine) answer(ctx context.Context, s *slot, prompt []int32, how Sampling, limit int,
	emit func(string) error, res *Result) (text string, err error) {
	next, reused, err := e.read(ctx, s, prompt)
	if err != nil {
		return "", err
	}
	res.Reused = reused
	for how.Seed == 0 {
		how.Seed = rand.Uint32()
	}
	sampler, err := e.backend.Sampler(how)
	if err != nil {
		return "", err
	}
	defer sampler.Close()
	w := &writer{maxSentences: how.MaxSentences, emit: emit}
	for res.Finish = "length"; res.Tokens < limit; res.Tokens++ {
		var token int32
		// Reading and sampling are one step: the sampler looks at what the model has read last, in any slot.
		if err := e.step(ctx, func() error {
			if err := e.decode(s, next...); err != nil {
				return err
			}
			token = sampler.Sample()
			return nil
		}); err != nil {
			return "", err
		}
		if e.backend.IsEnd(token) {
			res.Finish = "stop"
			break
		}
		next = []int32{token}
		end, err := w.write(e.backend.Piece(token))
		if err != nil {
			return "", err
		}
		if end {
			res.Finish = "stop"
			break
		}
	}
	return w.text.String(), w.flush()
}

// read makes a slot hold a prompt but for its last step, which it returns: at least the last token, for the answer
// follows from reading it. reused is how many tokens were there already.
func (e *Engine) read(ctx context.Context, s *slot, prompt []int32) (rest []int32, reused int, err error) {
	reused = min(common(s.tokens, prompt), len(prompt)-1)
	if reused < len(s.tokens) {
		if err := e.step(ctx, func() error { return e.truncate(s, reused) }); err != nil {
			return nil, 0, err
		}
		reused = len(s.tokens)
	}
	for len(prompt)-len(s.tokens) > e.opts.Step {
		next := prompt[len(s.tokens) : len(s.tokens)+e.opts.Step]
		if err := e.step(ctx, func() error { return e.decode(s, next...) }); err != nil {
			return nil, 0, err
		}
	}
	return prompt[len(s.tokens):], reused, nil
}

// readAhead reads what the next prompt of a conversation will begin with: up to the place where the user speaks.
func (e *Engine) readAhead(ctx context.Context, s *slot, messages []Message) error {
	// Two users who say different things show where the template ends and the user begins.
	a, err := e.prompt(append(messages, Message{"user", "A"}))
	if err != nil {
		return err
	}
	b, err := e.prompt(append(messages, Message{"user", "B"}))
	if err != nil {
		return err
	}
	known := a[:common(a, b)]
	if len(known) == 0 || len(known) > e.opts.SlotTokens {
		return nil
	}
	rest, _, err := e.read(ctx, s, known)
	if err != nil {
		return err
	}
	return e.step(ctx, func() error { return e.decode(s, rest...) })
}

// decode reads tokens into a slot. After an error it is not known what the slot holds, so it is emptied.
func (e *Engine) decode(s *slot, tokens ...int32) error {
	if err := e.backend.Decode(tokens, s.id, len(s.tokens)); err != nil {
		s.tokens = nil
		_ = e.backend.Forget(s.id, 0) // the error above tells more
		return err
	}
	s.tokens = append(s.tokens, tokens...)
	return nil
}

// truncate forgets what is behind the first n tokens of a slot, or all of it if the model cannot forget parts.
func (e *Engine) truncate(s *slot, n int) error {
	if err := e.backend.Forget(s.id, n); err != nil {
		n = 0
		if err := e.backend.Forget(s.id, 0); err != nil {
			return err
		}
	}
	s.tokens = s.tokens[:n]
	return nil
}

// Warm reads the beginning of all conversations, with a system message or without, into every slot, so that not even the first
// request waits for it. It is called before the first request.
func (e *Engine) Warm(ctx context.Context, system string) error {
	var messages []Message
	if system != "" {
		messages = []Message{{"system", system}}
	}
	messages, _ = e.head(messages)
	first := e.slots.all[0]
	if err := e.readAhead(ctx, first, messages); err != nil {
		return err
	}
	for _, s := range e.slots.all[1:] {
		if err := e.step(ctx, func() error { return e.backend.Copy(first.id, s.id) }); err != nil {
			return err
		}
		s.tokens = append(s.tokens, first.tokens...)
	}
	// The library copies with the next token that it reads, which must not be a caller's.
	return e.step(ctx, func() error {
		n := len(first.tokens)
		if n == 0 || n >= e.opts.SlotTokens {
			return nil
		}
		if err := e.decode(first, first.tokens[n-1]); err != nil {
			return err
		}
		return e.truncate(first, n)
	})
}
