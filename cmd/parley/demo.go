package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/parley-voice/parley/internal/demo"
)

const demoHelp = `
Usage: parley demo [flags]

Plays a whole call on this machine. It starts an emulator of WhatsApp's side and the example bot, verifies the
webhook, and lets a caller talk to the bot in real time: a recorded human voice, questions asked by another speech
engine than the bot's own, and one interruption. Then it writes a text to the bot, to show that calls and texts
are one conversation. You read both sides as they speak, with the milliseconds of each turn.

It leaves a stereo recording (left: caller, right: bot as heard) and a report in JSON. The status is 0 only if every
step was real and worked. "parley setup" must have fetched the models; "make demo" does everything.`

// runDemo plays the demo.
func runDemo(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := newFlags("demo", demoHelp, stdout)
	o := demo.Options{Out: stdout, Save: saveWAV}
	fs.StringVar(&o.Bot, "bot", besideMe("whatsapp-voice"), "the bot's `program`")
	fs.StringVar(&o.WAV, "out", "demo-call.wav", "stereo recording of the call")
	fs.StringVar(&o.JSON, "report", "demo-call.json", "report of the demo")
	fs.BoolVar(&o.Serve, "serve", false, "leave bot and emulator running afterwards, for calls of your own")
	fs.StringVar(&o.Control, "serve-addr", "127.0.0.1:8091", "`host:port` on which calls of your own are taken")
	if err := parseFlags(fs, args); err != nil {
		return err
	}
	for _, path := range []string{o.WAV, o.JSON} {
		if err := writable(path); err != nil {
			return err
		}
	}
	return demo.Run(ctx, o)
}

// besideMe is the path of a program in the folder of this one.
func besideMe(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}
