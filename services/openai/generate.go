package openai

import (
	"context"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/parley-voice/parley/services"
)

// Generate streams the answer. Errors are *Error or the context's own.
func (l *LLM) Generate(ctx context.Context, r services.Request) iter.Seq2[services.Delta, error] {
	return func(yield func(services.Delta, error) bool) {
		params, err := l.params(r)
		if err != nil {
			yield(services.Delta{}, err)
			return
		}
		ctx, cancel := context.WithTimeoutCause(ctx, l.cfg.timeouts.Total, &lateError{"complete answer", l.cfg.timeouts.Total})
		defer cancel()
		for attempt := 0; ; attempt++ {
			begun, stopped, err := l.attempt(ctx, params, yield)
			if stopped || err == nil {
				return
			}
			delay, again := retryDelay(err, attempt)
			if begun || !again || attempt >= l.cfg.retries {
				yield(services.Delta{}, err)
				return
			}
			l.cfg.log.DebugContext(ctx, "openai: trying again", "server", l.server, "attempt", attempt+1, "after", delay, "err", err)
			if err := sleep(ctx, delay); err != nil {
				yield(services.Delta{}, l.networkError(ctx, err))
				return
			}
		}
	}
}

// attempt makes one request and passes its answer on. begun says that something was passed on, stopped that the
// consumer has left.
func (l *LLM) attempt(ctx context.Context, params sdk.ChatCompletionNewParams, yield func(services.Delta, error) bool) (begun, stopped bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil) // frees the connection wherever the answer was left
	g := newGuard(cancel)
	defer g.stop()
	g.await("first token", l.cfg.timeouts.FirstToken)

	var res *http.Response
	opts := []option.RequestOption{option.WithJSONSet("stream", true), option.WithResponseBodyInto(&res)}
	for name, value := range l.cfg.fields {
		opts = append(opts, option.WithJSONSet(name, value))
	}
	if _, err := l.chat.New(ctx, params, opts...); err != nil {
		return false, false, l.networkError(ctx, err)
	}

	asm := &assembler{tags: thinkTags{first: l.cfg.thinksFirst}}
	err = l.read(ctx, res, func(chunk sdk.ChatCompletionChunk) bool {
		deltas, alive := asm.add(chunk)
		if alive {
			g.await("next token", l.cfg.timeouts.BetweenTokens)
		}
		for _, d := range deltas {
			begun = begun || d.Reasoning == "" // reasoning is no answer yet: it may be begun anew
			// The consumer may hold a delta for long, as back-pressure: that is not the server's silence.
			g.stop()
			if !yield(d, nil) {
				stopped = true
				return false
			}
			g.await("next token", l.cfg.timeouts.BetweenTokens)
		}
		if ended(chunk) {
			g.await("end of the stream", afterEnd)
		}
		return true
	})
	g.stop()
	if stopped || err != nil {
		return begun, stopped, err
	}
	for _, d := range asm.finish() {
		begun = true
		if !yield(d, nil) {
			return begun, true, nil
		}
	}
	return begun, false, nil
}

// afterEnd is how long the usage and the end of a stream may lag behind the finish reason.
const afterEnd = 500 * time.Millisecond

// ended says whether a chunk is the one that says why the answer ended.
func ended(chunk sdk.ChatCompletionChunk) bool {
	return len(chunk.Choices) > 0 && chunk.Choices[0].FinishReason != ""
}

// read passes the chunks of a response on until it ends or next returns false, and closes it.
func (l *LLM) read(ctx context.Context, res *http.Response, next func(sdk.ChatCompletionChunk) bool) error {
	switch media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media {
	case "text/html":
		res.Body.Close()
		return &Error{Kind: ErrProtocol, Server: l.server, Status: res.StatusCode, Detail: "an HTML page",
			Hint: "check the base URL (most end in /v1)"}
	case "application/json":
		return l.readWhole(ctx, res, next)
	}
	events := newDecoder(res.Body)
	stream := ssestream.NewStream[sdk.ChatCompletionChunk](events, nil)
	defer stream.Close()
	for stream.Next() {
		if !next(stream.Current()) {
			return nil
		}
	}
	switch err := stream.Err(); {
	case events.finished && isNetwork(err):
		return nil // the answer is complete; how the stream ends after it does not matter
	case err != nil:
		return l.streamError(ctx, err)
	case ctx.Err() != nil:
		return l.networkError(ctx, ctx.Err())
	}
	return events.complete(l.server)
}

// isNetwork says whether err came from reading the body, and not from what was in it.
func isNetwork(err error) bool {
	var event *ssestream.StreamError
	return !errors.As(err, &event) && !errors.Is(err, errLongEvent)
}

// streamError names what broke a stream: an error event, or what the reader of the body said.
func (l *LLM) streamError(ctx context.Context, err error) error {
	var event *ssestream.StreamError
	switch {
	case errors.As(err, &event):
		return &Error{Kind: ErrServer, Server: l.server, Detail: l.errorText(event.Event.Data), Hint: "the server gave up in the middle of its answer"}
	case errors.Is(err, errLongEvent):
		return &Error{Kind: ErrProtocol, Server: l.server, Detail: err.Error(), Hint: "check that the base URL is that of a chat completions server"}
	}
	return l.networkError(ctx, err)
}

// maxWhole bounds an answer that comes in one piece.
const maxWhole = 8 << 20

// readWhole reads the answer of a server that does not stream.
func (l *LLM) readWhole(ctx context.Context, res *http.Response, next func(sdk.ChatCompletionChunk) bool) error {
	defer finishBody(res.Body)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxWhole))
	if err != nil {
		return l.networkError(ctx, err)
	}
	chunk, ok := wholeAnswer(body)
	if !ok {
		return &Error{Kind: ErrProtocol, Server: l.server, Status: res.StatusCode, Detail: l.errorText(body),
			Hint: "the server answered with JSON that is no chat completion"}
	}
	next(chunk)
	return nil
}
