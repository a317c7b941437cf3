package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parley-voice/parley/benchmarks/latency"
	"github.com/parley-voice/parley/benchmarks/report"
)

const (
	engineID   = "engine"
	engineWhat = "The bare engine on one core: hops, interruptions, idle and talking sessions, against its targets."
	ringName   = "call set-up"
)

// scenario is one way to run a bot.
type scenario struct {
	id   string
	name string // in tables and pictures
	what string
	bot  func(e *engines) latency.Bot
	run  func(ctx context.Context, b latency.Bot, in []latency.Input, turns int) ([]report.Turn, error)
}

// scenarios is the list of what is measured, from the least to the most of it real.
func scenarios() []scenario {
	return []scenario{
		{"zero", "no call; STT, LLM and TTS of 0 ms",
			"The engine and the stages alone: audio from a clock, a real VAD, and services that take no time.",
			(*engines).zero, latency.Room},
		{"speech", "no call; local STT and TTS, LLM of 0 ms",
			"Local speech engines without a transport, and a model that answers at once.",
			(*engines).speech, latency.Room},
		{"local", "no call; all local",
			"Local speech engines and a local language model of 135 M parameters, without a transport.",
			(*engines).local, latency.Room},
		{"ring", ringName,
			"From the phone's ringing to the bot's greeting: webhook, pre-accept, ICE, DTLS, accept, speech.",
			(*engines).speech, func(ctx context.Context, b latency.Bot, _ []latency.Input, turns int) ([]report.Turn, error) {
				return latency.Ring(ctx, b, turns)
			}},
		{"call-speech", "call; local STT and TTS, LLM of 0 ms",
			"A whole WhatsApp call from the emulator: SRTP, Opus and jitter buffer both ways; a model that answers at once.",
			(*engines).speech, latency.Call},
		{"call-local", "call; all local",
			"A whole WhatsApp call from the emulator, with local speech engines and the local language model.",
			(*engines).local, latency.Call},
	}
}

// measure runs the scenarios and prints the table of each as soon as it is there.
func measure(ctx context.Context, w io.Writer, wanted func(id string) bool, turns int) ([]report.Scenario, error) {
	var todo []scenario
	for _, s := range scenarios() {
		if wanted(s.id) {
			todo = append(todo, s)
		}
	}
	if len(todo) == 0 {
		return nil, nil
	}
	inputs, err := latency.Inputs(ctx)
	if err != nil {
		return nil, err
	}
	e, err := loadEngines(ctx)
	if err != nil {
		return nil, err
	}
	defer e.close()
	var done []report.Scenario
	var errs []error
	for _, s := range todo {
		measured := report.Scenario{Name: s.name, What: s.what}
		measured.Turns, err = s.run(ctx, s.bot(e), inputs, turns)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.id, err))
		}
		if ctx.Err() != nil {
			break
		}
		done = append(done, measured)
		if err := report.WriteTable(w, measured); err != nil {
			return done, err
		}
	}
	return done, errors.Join(errs...)
}
