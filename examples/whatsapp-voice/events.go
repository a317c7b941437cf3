package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// events writes what happens as JSON lines, for programs that watch the bot. The zero value writes nothing. It is
// safe for concurrent use.
type events struct {
	mu   sync.Mutex
	file io.WriteCloser
}

// openEvents opens the file of events; "" is none and "-" the standard output.
func openEvents(name string) (*events, error) {
	switch name {
	case "":
		return &events{}, nil
	case "-":
		return &events{file: os.Stdout}, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the file of events: %w", err)
	}
	return &events{file: f}, nil
}

// write writes one event with its time.
func (e *events) write(name string, fields map[string]any) {
	if e.file == nil {
		return
	}
	fields["event"], fields["at"] = name, time.Now().Format(time.RFC3339Nano)
	line, err := json.Marshal(fields)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.file.Write(append(line, '\n')) // a full disk must not end a call
}

func (e *events) Close() error {
	if e.file == nil || e.file == os.Stdout {
		return nil
	}
	return e.file.Close()
}

// engines tells what serves.
func (e *events) engines(all map[string]auto.Engine) {
	fields := make(map[string]any)
	for role, engine := range all {
		fields[role] = engine.String()
	}
	e.write("engines", fields)
}

// call tells that a call began, and returns the function that tells its end.
func (e *events) call(c *whatsapp.Call) (ended func()) {
	e.write("call_started", map[string]any{"call": c.ID()})
	return func() {
		reason := "the bot ended it"
		if err := c.Reason(); err != nil {
			reason = err.Error()
		}
		e.write("call_ended", map[string]any{"call": c.ID(), "reason": reason})
	}
}

// watch is a stage that writes what is heard and said in a call, what fails, and how long each turn took.
func (e *events) watch(call string) pipeline.Stage {
	latency := processors.Latency(func(l processors.TurnLatency) {
		stages := make(map[string]float64)
		for p, d := range l.Points {
			stages[p.String()] = float64(d.Microseconds()) / 1000
		}
		e.write("latency", map[string]any{"call": call, "turn": l.Turn, "stages": stages})
	})
	return pipeline.Tee(pipeline.Chain(pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("events")
		pipeline.OnOptional(w, func(_ context.Context, t frame.Transcript, _ *pipeline.Emitter) error {
			e.write("heard", map[string]any{"call": call, "text": t.Text, "final": t.Final})
			return nil
		})
		pipeline.OnOptional(w, func(_ context.Context, p frame.Playback, _ *pipeline.Emitter) error {
			if p.State == frame.PlaybackDone {
				e.write("said", map[string]any{"call": call, "text": p.Heard, "interrupted": p.Interrupted})
			}
			return nil
		})
		pipeline.OnOptional(w, func(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
			e.write("failure", map[string]any{"call": call, "stage": f.Stage, "error": f.Err.Error()})
			return nil
		})
	}), latency))
}

// model is an LLM that writes what it is asked.
func (e *events) model(m services.LLM) services.LLM {
	if e.file == nil {
		return m
	}
	return services.LLMFunc(func(ctx context.Context, r services.Request) iter.Seq2[services.Delta, error] {
		e.write("llm_request", map[string]any{"messages": r.Messages})
		return m.Generate(ctx, r)
	})
}
