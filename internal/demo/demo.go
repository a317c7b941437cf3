package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/moonshine"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Options say what the demo uses and what it leaves behind.
type Options struct {
	Bot     string    // the bot's program
	WAV     string    // the recording of the call
	JSON    string    // the report
	Serve   bool      // go on afterwards, for calls and texts of one's own
	Control string    // host:port on which those are taken
	Out     io.Writer // the transcript
	// Save writes the recording.
	Save func(path string, pcm audio.PCM) error
}

// props are what a performance needs besides the options; tests have their own.
type props struct {
	lines  []line
	spare  []line        // said before an interruption for which the bot gave no time
	quiet  time.Duration // for how long the bot is silent when it has finished
	story  time.Duration // how long the bot speaks before it is interrupted
	env    []string      // more environment for the bot
	listen func() (services.STT, func() error, error)
}

// realProps are those of "parley demo".
func realProps() props {
	return props{
		lines: script(), spare: spares(), quiet: time.Second, story: 700 * time.Millisecond,
		listen: func() (services.STT, func() error, error) {
			stt, err := moonshine.New()
			if err != nil {
				return nil, nil, err
			}
			return stt, stt.Close, nil
		},
	}
}

// play is one performance.
type play struct {
	props
	o      Options
	screen *screen
	report *Report
	e      *whatsapptest.Emulator
	bot    *bot
	user   whatsapptest.User
	call   *whatsapptest.Call
}

// Run puts the demo on. It returns ErrFailed, with the steps that did not work, unless every one did; the report
// is written in both cases. It fails with the context's error when that ends, but not while serving: then that is
// how it is meant to end.
func Run(ctx context.Context, o Options) error { return run(ctx, o, realProps()) }

func run(ctx context.Context, o Options, with props) error {
	p := &play{
		props: with, o: o, screen: newScreen(o.Out),
		user:   whatsapptest.User{WaID: "15559990000", Name: "Ada", ID: "US.1234567890"},
		report: &Report{Failed: []string{}, Turns: []Turn{}, ViolationsOfProtocol: []string{}},
	}
	defer p.stop()
	began := time.Now()
	err := p.perform(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.report.fail("stopped", err)
	}
	p.report.OK = len(p.report.Failed) == 0
	if err := p.report.save(o.JSON); err != nil {
		return err
	}
	p.conclude(time.Since(began))
	if o.Serve && err == nil {
		if err := p.serve(ctx); err != nil {
			return err
		}
	}
	if !p.report.OK {
		return fmt.Errorf("%w: %s", ErrFailed, summary(p.report.Failed))
	}
	return nil
}

// stop ends the bot, then the emulator, and waits for both.
func (p *play) stop() {
	if p.bot != nil {
		p.bot.stop()
	}
	if p.e != nil {
		_ = p.e.Close()
	}
}

// summary names the failed steps in one sentence.
func summary(failed []string) string {
	if len(failed) == 1 {
		return failed[0]
	}
	return fmt.Sprintf("%d steps failed, the first: %s", len(failed), failed[0])
}

// perform goes through all steps. What makes going on senseless is returned; other failures are noted in the
// report.
func (p *play) perform(ctx context.Context) error {
	for _, lines := range [][]line{p.lines, p.spare} {
		if err := record(ctx, lines); err != nil {
			return err
		}
	}
	var err error
	if p.e, err = whatsapptest.New(); err != nil {
		return err
	}
	p.screen.title("Parley demo: a call on WhatsApp's protocol, all on this machine")
	p.screen.row(cyan, "emulator", "%s plays Meta's side", p.e.GraphURL())
	started := time.Now()
	if p.bot, err = startBot(p.o.Bot, p.env, p.e, p.see); err != nil {
		return err
	}
	if err := p.bot.waitReady(ctx); err != nil {
		return err
	}
	p.screen.row(green, "bot", "%s on %s, ready after %.1f s", p.o.Bot, p.bot.addr, time.Since(started).Seconds())
	p.e.SetWebhook(p.bot.webhook())
	if err := p.engines(ctx); err != nil {
		p.report.fail("engines", err)
	}
	if err := p.e.Verify(ctx); err != nil {
		return err
	}
	p.screen.row(cyan, "webhook", "%s is verified", p.bot.webhook())
	if err := p.talk(ctx); err != nil {
		return err
	}
	p.verifyAudio(ctx)
	if err := p.text(ctx); err != nil {
		p.report.fail("text", err)
	}
	if err := p.bot.diary.trouble(); err != nil {
		p.report.fail("bot's events", err)
	}
	return nil
}

// see prints what the bot tells as it happens. It runs on the goroutine that reads the bot's events.
func (p *play) see(e botEvent) {
	switch e.Event {
	case "heard":
		if e.Final {
			p.screen.row(dim, "heard", "%q", e.Text)
		}
	case "said":
		cut := ""
		if e.Interrupted {
			cut = "— interrupted"
		}
		p.screen.row(green, "bot", "%s %s", e.Text, cut)
	}
}

// engines waits for the bot to tell who serves.
func (p *play) engines(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	e, err := p.bot.diary.wait(ctx, 0, "which engines it uses", func(e botEvent) bool { return e.Event == "engines" })
	if err != nil {
		return err
	}
	p.report.Engines = &Engines{VAD: e.VAD, STT: e.STT, LLM: e.LLM, TTS: e.TTS}
	p.screen.row(cyan, "engines", "vad %s, stt %s, llm %s, tts %s", e.VAD, e.STT, e.LLM, e.TTS)
	return nil
}

// conclude prints how it went.
func (p *play) conclude(took time.Duration) {
	p.screen.begin(time.Time{})
	p.screen.title("Result")
	if p.report.Recording != "" {
		p.screen.row(cyan, "recording", "%s (left: caller, right: bot as heard)", p.report.Recording)
	}
	p.screen.row(cyan, "report", "%s", p.o.JSON)
	for _, failure := range p.report.Failed {
		p.screen.row(red, "FAILED", "%s", failure)
	}
	if p.report.OK {
		p.screen.row(green, "ok", "every step worked, in %.0f s", took.Seconds())
	} else if p.bot != nil {
		p.showLog()
	}
}

// showLog prints the end of what the bot printed.
func (p *play) showLog() {
	for i, line := range p.bot.log.lines() {
		who := ""
		if i == 0 {
			who = "bot's log"
		}
		p.screen.row(dim, who, "%s", line)
	}
}
