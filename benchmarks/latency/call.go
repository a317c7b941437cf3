package latency

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// caller is the user of the emulator who calls.
var caller = whatsapptest.User{WaID: "15550100999", Name: "Benchmark"}

// phone is a bot with a WhatsApp number, and the emulator of WhatsApp's side that it is connected to.
type phone struct {
	emulator *whatsapptest.Emulator
	bot      *whatsapp.Bot
	server   *httptest.Server
}

func newPhone() (*phone, error) {
	emulator, err := whatsapptest.New()
	if err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	p := &phone{emulator: emulator}
	p.bot = whatsapp.New(whatsapp.Config{
		AccessToken: emulator.AccessToken(), PhoneNumberID: emulator.PhoneNumberID(),
		VerifyToken: emulator.VerifyToken(), AppSecret: emulator.AppSecret(), APIBaseURL: emulator.GraphURL(),
		Logger: slog.New(slog.DiscardHandler),
	})
	e := echo.New()
	p.bot.Mount(e.Group("/whatsapp"))
	p.server = httptest.NewServer(e)
	emulator.SetWebhook(p.server.URL + "/whatsapp/webhook")
	return p, nil
}

// close hangs up and frees all.
func (p *phone) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := p.bot.Shutdown(ctx)
	p.server.Close()
	return errors.Join(err, p.emulator.Close())
}

// Call measures turns of a bot over whole calls: the emulator of WhatsApp calls the bot, and everything from the
// webhook to the decoded packet is in between. Each turn is one of the inputs, in their order, over and over.
func Call(ctx context.Context, bot Bot, inputs []Input, turns int) (all []report.Turn, err error) {
	p, err := newPhone()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	for len(all) < turns {
		list, err := p.call(ctx, bot, rotate(inputs, len(all)), min(sessionTurns, turns-len(all)))
		all = append(all, list...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// call is one call.
func (p *phone) call(ctx context.Context, bot Bot, inputs []Input, turns int) (list []report.Turn, err error) {
	probe := &probe{}
	sessions := make(chan *pipeline.Session, 1)
	p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		s, err := bot.pipeline(c.Input(), c.Output(), c.Conversation(), probe).Start(ctx)
		if err != nil {
			return err
		}
		sessions <- s
		return s.Wait()
	})
	call, err := p.emulator.Call(ctx, caller)
	if err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	defer func() {
		hangUp, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		err = errors.Join(err, call.HangUp(hangUp))
	}()
	if err := call.WaitAccepted(ctx); err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	s := <-sessions // it started before the call was accepted
	for i := range turns {
		if _, err := call.WaitSilence(ctx, call.Clock(), pauseBetween); err != nil {
			return list, err
		}
		in := inputs[i%len(inputs)]
		probe.reset()
		t, err := p.turn(ctx, call, s, probe, in)
		if err != nil {
			return list, err
		}
		list = append(list, t)
		s.Interrupt("measured") // the rest of the answer tells nothing more
	}
	return list, nil
}

// turn says one thing and waits for the answer.
func (p *phone) turn(ctx context.Context, call *whatsapptest.Call, s *pipeline.Session, probe *probe, in Input) (report.Turn, error) {
	ctx, cancel := context.WithTimeout(ctx, in.PCM.Duration()+patience)
	defer cancel()
	said, err := call.Say(ctx, in.PCM)
	if err != nil {
		return report.Turn{}, fmt.Errorf("latency: %w", err)
	}
	last, _ := lastSpeech(in.PCM)
	spoken := said.Start + in.PCM.Format.Duration(last+1)
	heard, err := call.WaitSpeech(ctx, spoken)
	if err != nil {
		return report.Turn{}, fmt.Errorf("%w after %s: %w; %w", ErrNoAnswer, in.Name, err, errors.Join(probe.failures()...))
	}
	if err := until(ctx, s.Done(), probe.complete); err != nil {
		return report.Turn{}, err
	}
	ring := call.Timings().Ring
	t := probe.turn(in, ring.Add(spoken), ring.Add(heard))
	return t, check(t, probe)
}

// greeting is what the bot says when a call begins.
const greeting = "Hello, this is Parley. How can I help you?"

// Ring measures how calls begin: from the phone's ringing to the bot's greeting. Each turn is one call.
func Ring(ctx context.Context, bot Bot, calls int) (all []report.Turn, err error) {
	p, err := newPhone()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	bot.Greeting = greeting
	p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		return bot.pipeline(c.Input(), c.Output(), c.Conversation(), &probe{}).Run(ctx)
	})
	for range calls {
		t, err := p.ring(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (p *phone) ring(ctx context.Context) (report.Turn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	call, err := p.emulator.Call(ctx, caller)
	if err != nil {
		return report.Turn{}, fmt.Errorf("latency: %w", err)
	}
	if _, err := call.WaitSpeech(ctx, 0); err != nil {
		return report.Turn{}, fmt.Errorf("%w: no greeting: %w", ErrNoAnswer, err)
	}
	at := call.Timings()
	t := report.Turn{Input: "a call", Said: greeting}
	from := at.Ring
	for _, step := range []struct {
		name string
		end  time.Time
	}{
		{"ring to pre-accept", at.PreAccept},
		{"ICE", at.ICEUp},
		{"DTLS", at.DTLSUp},
		{"accept", at.Accept},
		{"first packet", at.FirstPacket},
		{"greeting heard", at.FirstSpeech},
	} {
		to := step.end
		if to.Before(from) { // steps may overlap; their sum is still the whole
			to = from
		}
		t.Spans = append(t.Spans, report.Span{Name: step.name, Took: to.Sub(from)})
		from = to
	}
	return t, call.HangUp(ctx)
}
