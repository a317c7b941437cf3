package whatsapp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// buzz speaks each clause as a tone of 60 ms.
var buzz = services.TTSFunc(func(_ context.Context, u services.Utterance) iter.Seq2[services.Speech, error] {
	return func(yield func(services.Speech, error) bool) {
		samples := make([]int16, 1440)
		for i := range samples {
			samples[i] = int16(6000 * (i/40%2*2 - 1))
		}
		yield(services.Speech{PCM: audio.PCM{Format: audio.Mono(24000), Samples: samples}}, nil)
	}
})

// phoneCall is a call as a test sees it from within the bot.
type phoneCall struct {
	*whatsapp.Call
	out   *pipeline.Emitter
	heard chan string // what the user heard, answer by answer
	emu   *whatsapptest.Call
}

// talks makes handlers of calls and messages out of a model, and tells of each call. The stages come behind LLM.
func (r *rig) talks(m services.LLM, stages ...func(*whatsapp.Call) pipeline.Stage) <-chan *phoneCall {
	calls := make(chan *phoneCall, 8)
	r.bot.OnMessage(writes(m))
	r.bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		p := &phoneCall{Call: call, heard: make(chan string, 64)}
		ready := make(chan struct{})
		ears := pipeline.StageFunc(func(w *pipeline.Wiring) { // in the place of VAD, STT and Turn
			w.Name("ears")
			pipeline.Makes[frame.UserTurn](w)
			pipeline.On(w, func(_ context.Context, f frame.Playback, _ *pipeline.Emitter) error {
				if f.State == frame.PlaybackDone {
					p.heard <- f.Heard
				}
				return nil
			})
			w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
				p.out = out
				close(ready)
				return nil
			})
		})
		all := []pipeline.Stage{call.Input(), ears, processors.LLM(m, call.Conversation())}
		for _, s := range stages {
			all = append(all, s(call))
		}
		all = append(all, processors.TTS(buzz), call.Output())
		go func() { // ends with the call, or before
			select {
			case <-call.Accepted():
			case <-call.Ended():
				return
			}
			select {
			case <-ready:
				calls <- p
			case <-call.Ended():
			}
		}()
		return pipeline.New(all...).Run(ctx)
	})
	return calls
}

// phones lets a user call.
func (r *rig) phones(from whatsapptest.User, calls <-chan *phoneCall) *phoneCall {
	r.t.Helper()
	emu := r.answered(from)
	p := await(r.t, calls)
	p.emu = emu
	return p
}

// say lets the user say something and waits until the answer was heard.
func (p *phoneCall) say(t *testing.T, text string) string {
	t.Helper()
	must(t, p.out.Push(frame.UserTurn{Text: text, Via: "call"}))
	return await(t, p.heard)
}

// knows waits until something was said in the conversation: what was sent is there a moment later.
func (p *phoneCall) knows(t *testing.T, text string) {
	t.Helper()
	for {
		talk, changed := p.Conversation().Watch()
		if slices.ContainsFunc(talk.Messages, func(m services.Message) bool { return m.Text == text }) {
			return
		}
		await(t, changed)
	}
}

// hangUp ends the call and waits for it.
func (r *rig) hangUp(p *phoneCall) {
	r.t.Helper()
	must(r.t, p.emu.HangUp(r.ctx()))
	await(r.t, p.Ended())
}

var hiddenAda = whatsapptest.User{ID: ada.ID, WaID: ada.WaID, Hidden: true}

func TestOneConversationOverCallsAndTexts(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]whatsapptest.User{"number": ada, "no number": hiddenAda} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			m := echoModel()
			calls := r.talks(m)

			r.write(from, "written first")
			r.reply(from)
			r.await(func(h whatsapp.Health) bool { return h.Answering == 0 }) // and remembered
			p := r.phones(from, calls)
			if got := p.say(t, "said second"); got != "You said: said second" {
				t.Errorf("heard %q", got)
			}
			p.knows(t, "You said: said second")
			// A text during the call is answered in the chat, and known in the call.
			r.write(from, "written third")
			if got := r.reply(from); got != "You said: written third" {
				t.Errorf("got %q", got)
			}
			p.knows(t, "You said: written third")
			p.say(t, "said fourth")
			p.knows(t, "You said: said fourth")
			r.hangUp(p)
			r.write(from, "written fifth")
			r.reply(from)
			want := []string{
				"user: written first", "assistant: You said: written first",
				"user: said second", "assistant: You said: said second",
				"user: written third", "assistant: You said: written third",
				"user: said fourth", "assistant: You said: said fourth",
				"user: written fifth",
			}
			if d := cmp.Diff(want, m.last()); d != "" {
				t.Error(d)
			}
			r.clean()
		})
	}
}

func TestACallDuringTheAnswerToAText(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	asked, goOn := make(chan struct{}), make(chan struct{})
	m := &model{}
	m.answer = func(last string) (string, error) {
		if last == "a long question" {
			close(asked)
			<-goOn
		}
		return "You said: " + last, nil
	}
	calls := r.talks(m)
	r.write(ada, "a long question")
	await(t, asked)
	p := r.phones(ada, calls)
	p.say(t, "are you there?")
	p.knows(t, "You said: are you there?")
	if all := m.last(); !slices.Contains(all, "user: a long question") {
		t.Errorf("the call does not know what was written: %q", all)
	}
	close(goOn)
	if got := r.reply(ada); got != "You said: a long question" {
		t.Errorf("got %q", got)
	}
	p.knows(t, "You said: a long question")
	p.say(t, "good")
	want := []string{
		"user: a long question", "user: are you there?", "assistant: You said: are you there?",
		"assistant: You said: a long question", "user: good",
	}
	if d := cmp.Diff(want, m.last()); d != "" {
		t.Error(d)
	}
	r.hangUp(p)
	r.clean()
}

func TestATextIsReadInTheCall(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]whatsapptest.User{"number": ada, "no number": hiddenAda} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = true })
			m := echoModel()
			calls := r.talks(m)
			p := r.phones(from, calls)
			for _, text := range []string{"my address is Main Street 5", "and the second", "and the second"} {
				r.write(from, text)
				if got := await(t, p.heard); got != "You said: "+text {
					t.Errorf("heard %q", got)
				}
			}
			p.knows(t, "You said: and the second")
			place := map[string]any{"location": map[string]any{"latitude": 52.5, "longitude": 13.4, "name": "Home"}}
			_, err := r.meta.SendMessage(r.ctx(), from, "location", place)
			must(t, err)
			if got := await(t, p.heard); !strings.Contains(got, "Home") {
				t.Errorf("heard %q of a place", got)
			}
			// Another user's text is answered in the chat.
			bob := whatsapptest.User{WaID: "15558880000"}
			r.write(bob, "hello")
			if got := r.reply(bob); got != "You said: hello" {
				t.Errorf("got %q", got)
			}
			r.hangUp(p)
			r.write(from, "after the call")
			// The first text in the chat is the answer to this: none before was answered there, too.
			if got := r.reply(from); got != "You said: after the call" {
				t.Errorf("got %q", got)
			}
			var vias []string
			for _, msg := range p.Conversation().Snapshot().Messages[:4] {
				vias = append(vias, msg.Via)
			}
			if d := cmp.Diff([]string{"text", "call", "text", "call"}, vias); d != "" {
				t.Error(d)
			}
			r.clean()
		})
	}
}

// Nobody reads aloud what is written while the phone still rings.
func TestATextWhileThePhoneRingsIsAnsweredInTheChat(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = true })
	r.meta.Permit(ada, true)
	calls := r.talks(echoModel())
	c, phone := r.dialled()
	r.state(c, whatsapp.Linked)
	r.write(ada, "hello")
	if got := r.reply(ada); got != "You said: hello" {
		t.Errorf("got %q", got)
	}
	must(t, phone.PickUp(r.ctx()))
	p := await(t, calls)
	p.emu = phone
	r.state(c, whatsapp.Active)
	r.write(ada, "and now?")
	if got := await(t, p.heard); got != "You said: and now?" {
		t.Errorf("heard %q", got)
	}
	r.hangUp(p)
	r.clean()
}

// Whoever is spoken to does not see that somebody types.
func TestNoTypingIsShownInACall(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = true })
	p := r.phones(ada, r.talks(echoModel()))
	shown := func() (n int) {
		for _, e := range r.meta.Events() {
			if e.Kind == whatsapptest.EventTyping {
				n++
			}
		}
		return n
	}
	r.write(ada, "hello")
	if got := await(t, p.heard); got != "You said: hello" {
		t.Errorf("heard %q", got)
	}
	if n := shown(); n != 0 {
		t.Errorf("typing is shown %d times in the call", n)
	}
	r.hangUp(p)
	r.write(ada, "after the call")
	r.reply(ada)
	if n := shown(); n != 1 {
		t.Errorf("typing is shown %d times after the call, want once", n)
	}
	r.clean()
}

func TestATextThatTheCallDoesNotComeToAnswerIsAnsweredInTheChat(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = true })
	m, chat := echoModel(), echoModel()
	stuck := services.LLMFunc(func(ctx context.Context, q services.Request) iter.Seq2[services.Delta, error] {
		if q.Messages[len(q.Messages)-1].Text == "said" {
			return m.Generate(ctx, q)
		}
		return func(yield func(services.Delta, error) bool) {
			<-ctx.Done()
			yield(services.Delta{}, ctx.Err())
		}
	})
	calls := r.talks(stuck)
	r.bot.OnMessage(writes(chat))
	p := r.phones(ada, calls)
	p.say(t, "said")
	p.knows(t, "You said: said")
	r.write(ada, "my address is Main Street 5")
	p.knows(t, "my address is Main Street 5")
	r.hangUp(p)
	if got := r.reply(ada); got != "You said: my address is Main Street 5" {
		t.Errorf("got %q", got)
	}
	want := []string{"user: said", "assistant: You said: said", "user: my address is Main Street 5"}
	if d := cmp.Diff(want, chat.last()); d != "" {
		t.Error(d)
	}
	r.clean()
}

func TestATextThatTheCallDoesNotReadIsAnsweredInTheChat(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]whatsapp.CallHandler{
		"nobody reads": beep,
		"no pipeline": func(ctx context.Context, _ *whatsapp.Call) error {
			<-ctx.Done()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = true })
			r.bot.OnMessage(writes(echoModel()))
			r.bot.OnCall(handler)
			call := r.answered(ada)
			r.await(func(h whatsapp.Health) bool { return h.Calls["active"] == 1 })
			r.write(ada, "hello")
			if name == "nobody reads" {
				r.await(func(h whatsapp.Health) bool { return h.Answering == 1 })
				must(t, call.HangUp(r.ctx()))
			}
			if got := r.reply(ada); got != "You said: hello" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestTheAgentSendsTextsFromACall(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]whatsapptest.User{"number": ada, "no number": hiddenAda} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			m := &model{answer: func(last string) (string, error) {
				return "Look at https://example.com/menu, please.", nil
			}}
			calls := r.talks(m, func(c *whatsapp.Call) pipeline.Stage { return processors.LinksAsText(c.SendText) })
			p := r.phones(from, calls)
			if got, want := p.say(t, "where is the menu?"), "Look at the link, please. "+processors.DefaultLinkNotice; got != want {
				t.Errorf("heard %q, want %q", got, want)
			}
			if got := r.reply(from); got != "https://example.com/menu" {
				t.Errorf("sent %q", got)
			}
			must(t, p.SendText(r.ctx(), "**You** are welcome"))
			if got := r.reply(from); got != "*You* are welcome" {
				t.Errorf("sent %q", got)
			}
			must(t, p.SendText(r.ctx(), " "))
			r.hangUp(p)
			must(t, p.SendText(r.ctx(), "Goodbye"))
			r.reply(from)
			var texts []string
			for _, msg := range p.Messages() {
				if msg.Via == "text" && msg.Role == services.Assistant {
					texts = append(texts, msg.Text)
				}
			}
			if d := cmp.Diff([]string{"https://example.com/menu", "**You** are welcome", "Goodbye"}, texts); d != "" {
				t.Error(d)
			}
			r.clean()
		})
	}
}

func TestASummaryIsSentAfterACall(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := echoModel()
	calls := r.talks(m)
	r.bot.OnCallEnded(func(ctx context.Context, c *whatsapp.Call) (string, error) {
		var all []string
		for _, msg := range c.Messages() {
			all = append(all, msg.Text)
		}
		return fmt.Sprintf("%d: %s", len(all), strings.Join(all, " ")), nil
	})
	r.write(ada, "before")
	r.reply(ada)
	r.await(func(h whatsapp.Health) bool { return h.Answering == 0 })
	p := r.phones(ada, calls)
	for _, text := range []string{"one", "two"} {
		p.say(t, text)
		p.knows(t, "You said: "+text)
	}
	r.hangUp(p)
	want := "4: one You said: one two You said: two"
	if got := r.reply(ada); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.knows(t, want)
	r.write(ada, "after")
	r.reply(ada)
	if all := m.last(); !slices.Contains(all, "assistant: "+want) {
		t.Errorf("the summary is not remembered: %q", all)
	}
	r.clean()
}

func TestWhenNoSummaryIsSent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		turns int
		typed bool // the user writes, too
		text  string
		err   error
		panic bool
		asked bool
	}{
		"too few words, and written ones": {turns: 1, typed: true, text: "x"},
		"no words":                        {turns: 0, text: "x"},
		"too few words":                   {turns: 1, text: "x"},
		"it fails":                        {turns: 2, text: "x", err: errors.New("the model is down"), asked: true},
		"it has no words":                 {turns: 2, text: " ", asked: true},
		"it panics":                       {turns: 2, panic: true, asked: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.TextInCall = tt.typed })
			calls := r.talks(echoModel())
			asked := make(chan struct{}, 1)
			r.bot.OnCallEnded(func(context.Context, *whatsapp.Call) (string, error) {
				asked <- struct{}{}
				if tt.panic {
					panic("a bug")
				}
				return tt.text, tt.err
			})
			p := r.phones(ada, calls)
			for range tt.turns {
				p.say(t, "words")
			}
			if tt.typed {
				r.write(ada, "typed")
				if got := await(t, p.heard); got != "You said: typed" {
					t.Errorf("heard %q", got)
				}
			}
			r.hangUp(p)
			if tt.asked {
				await(t, asked)
			}
			r.write(ada, "after")
			if got := r.reply(ada); got != "You said: after" {
				t.Errorf("got %q", got)
			}
			if !tt.asked && len(asked) > 0 {
				t.Error("it was asked")
			}
		})
	}
}

func TestNoSummaryOnShutdown(t *testing.T) {
	t.Parallel()
	for _, during := range []bool{false, true} { // the call, or the summary of a call that has ended
		t.Run(fmt.Sprint(during), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			calls := r.talks(echoModel())
			asked, cut := make(chan struct{}), make(chan error, 1)
			r.bot.OnCallEnded(func(ctx context.Context, _ *whatsapp.Call) (string, error) {
				close(asked)
				<-ctx.Done()
				cut <- ctx.Err()
				return "too late", nil
			})
			p := r.phones(ada, calls)
			p.say(t, "one")
			p.say(t, "two")
			if during {
				r.hangUp(p)
				await(t, asked)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			if during {
				if err := await(t, cut); err == nil {
					t.Error("it was not told to stop")
				}
			}
			for _, e := range r.meta.Events() {
				if strings.Contains(e.Detail, "POST messages") {
					t.Errorf("it was sent: %v", e.Detail)
				}
			}
		})
	}
}
