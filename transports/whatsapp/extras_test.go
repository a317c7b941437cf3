package whatsapp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// adds makes a stage that pushes frames at the end of each response.
func adds(extras ...pipeline.Frame) pipeline.Stage {
	return pipeline.Handle(func(_ context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
		for _, e := range extras {
			if err := out.Push(e); err != nil {
				return err
			}
		}
		return out.Push(f)
	})
}

// writesWith makes a handler of messages out of a model and what is added to its answers.
func writesWith(m services.LLM, extras ...pipeline.Frame) whatsapp.MessageHandler {
	return func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(m, msg.Conversation()), adds(extras...), msg.Output()).Run(ctx)
	}
}

// shown waits for n messages of the bot, as people see them.
func (r *rig) shown(n int) (lines []string) {
	r.t.Helper()
	for range n {
		m, err := r.meta.WaitMessage(r.ctx(), ada)
		must(r.t, err)
		lines = append(lines, m.String())
	}
	return lines
}

func options(titles ...string) (all []frame.Choice) {
	for _, t := range titles {
		all = append(all, frame.Choice{Title: t})
	}
	return all
}

func numbered(n int) (titles []string) {
	for i := range n {
		titles = append(titles, fmt.Sprint("Option ", i+1))
	}
	return titles
}

// What an answer holds besides its text, and in which order it is sent.
func TestExtrasOfAnswers(t *testing.T) {
	t.Parallel()
	png := frame.Attachment{Name: "cat.png", MIMEType: "image/png", Data: []byte("png"), Caption: "A **cat**"}
	pdf := frame.Attachment{Name: "dir/../invoice.pdf", Data: []byte("%PDF-1.7")}
	gif := frame.Attachment{Name: "cat.gif", MIMEType: "image/gif", Data: []byte("GIF89a")}
	long := strings.Repeat("A sentence that says little. ", 60)
	for _, tt := range []struct {
		name   string
		text   string
		extras []pipeline.Frame
		want   []string
		heard  string // "" is the text
	}{
		{"pictures first, files last", "Here.", []pipeline.Frame{pdf, png}, []string{"[image A *cat*]", "Here.", "[document invoice.pdf]"}, ""},
		{"a picture alone", "", []pipeline.Frame{png}, []string{"[image A *cat*]"}, "[sent: cat.png]"},
		{"a long caption", "Here.", []pipeline.Frame{frame.Attachment{Name: "c.png", MIMEType: "image/png", Data: []byte("x"), Caption: strings.Repeat("x", 1025)}},
			[]string{"[image]", strings.Repeat("x", 1025), "Here."}, ""},
		{"sound and film", "Here.", []pipeline.Frame{frame.Attachment{Name: "a.mp3", MIMEType: "audio/mpeg", Data: []byte("x"), Caption: "listen"}, frame.Attachment{Name: "v.mp4", MIMEType: "video/mp4", Data: []byte("x"), Caption: "look"}},
			[]string{"Here.", "[audio]", "listen", "[video look]"}, ""},
		{"a sticker", "Here.", []pipeline.Frame{frame.Attachment{Name: "s.webp", MIMEType: "image/webp", Data: []byte("x"), Caption: "hi"}},
			[]string{"[sticker]", "hi", "Here."}, ""},
		{"what Meta does not take", "Here.", []pipeline.Frame{gif}, []string{"Here.", "Sorry, I could not send you this: cat.gif"}, ""},
		{"nothing but what Meta does not take", "", []pipeline.Frame{gif, png}, []string{"[image A *cat*]", "Sorry, I could not send you this: cat.gif"}, "[sent: cat.png]\n[could not be sent: cat.gif]"},
		{"buttons", "Shall I **book**?", []pipeline.Frame{frame.Choices{Options: options("Yes", "No")}}, []string{"Shall I *book*? [Yes | No]"}, ""},
		{"four choices are a list", "Which?", []pipeline.Frame{frame.Choices{Options: options(numbered(4)...)}}, []string{"Which? [" + strings.Join(numbered(4), " | ") + "]"}, ""},
		{"a long title", "Which?", []pipeline.Frame{frame.Choices{Options: options("The first of all of them, by far", "No")}}, []string{"Which? [The first of all of the… | No]"}, ""},
		{"eleven choices are text", "Which?", []pipeline.Frame{frame.Choices{Options: options(numbered(11)...)}},
			[]string{"Which?\n\n" + list(numbered(11))}, "Which?\n\n" + list(numbered(11))},
		{"the same choice twice is text", "Which?", []pipeline.Frame{frame.Choices{Options: options("a", "a")}}, []string{"Which?\n\n1. a\n2. a"}, "Which?\n\n1. a\n2. a"},
		{"a choice without a title", "Which?", []pipeline.Frame{frame.Choices{Options: options("a", " ", "b")}}, []string{"Which? [a | b]"}, ""},
		{"choices without titles", "Which?", []pipeline.Frame{frame.Choices{Options: options("", "\n")}}, []string{"Which?"}, ""},
		{"choices without a text", "", []pipeline.Frame{frame.Choices{Options: options("a", "b")}}, []string{"Please choose: [a | b]"}, "Please choose:"},
		{"a long text before choices", strings.TrimSpace(long), []pipeline.Frame{frame.Choices{Prompt: "Well?", Options: options("a", "b")}}, []string{strings.TrimSpace(long), "Well? [a | b]"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			m := says(tt.text)
			handler := writesWith(m, tt.extras...)
			r.bot.OnMessage(handler)
			if tt.text == "" { // a model that says nothing is a fault; a stage of one's own is not
				r.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
					silent := pipeline.StageFunc(func(w *pipeline.Wiring) {
						pipeline.Makes[frame.ResponseStart](w)
						pipeline.Makes[frame.TextDelta](w)
						pipeline.Makes[frame.ResponseEnd](w)
						pipeline.On(w, func(ctx context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
							_, err := msg.Conversation().Append(ctx, services.Message{Role: services.User, Text: f.Text})
							_ = out.Push(frame.ResponseStart{ID: 1})
							_ = out.Push(frame.ResponseEnd{ID: 1})
							return err
						})
					})
					record := pipeline.Handle(func(ctx context.Context, f frame.Playback, _ *pipeline.Emitter) error {
						if f.State != frame.PlaybackDone {
							return nil
						}
						_, err := msg.Conversation().Append(ctx, services.Message{Role: services.Assistant, Text: f.Heard, Refs: f.Refs})
						return err
					})
					return pipeline.New(msg.Input(), silent, record, adds(tt.extras...), msg.Output()).Run(ctx)
				})
			}
			r.write(ada, "Hello")
			if d := cmp.Diff(tt.want, r.shown(len(tt.want))); d != "" {
				t.Errorf("messages (-want +got):\n%s", d)
			}
			// The conversation holds what was said, with the ids of all messages.
			heard := tt.heard
			if heard == "" {
				heard = tt.text
			}
			r.bot.OnMessage(writes(m))
			m.answer = func(string) (string, error) { return "Next.", nil }
			r.write(ada, "Again")
			if got := r.shown(1); got[0] != "Next." {
				t.Errorf("then %q", got)
			}
			if got := m.last()[1]; got != "assistant: "+heard {
				t.Errorf("the conversation holds %q, want %q", got, heard)
			}
			var refs []string
			for _, sent := range r.meta.Messages(ada)[:len(tt.want)] {
				refs = append(refs, sent.ID)
			}
			if d := cmp.Diff(refs, m.requests[len(m.requests)-1].Messages[1].Refs); d != "" {
				t.Errorf("ids of the answer (-want +got):\n%s", d)
			}
		})
	}
}

func list(titles []string) string {
	for i := range titles {
		titles[i] = fmt.Sprintf("%d. %s", i+1, titles[i])
	}
	return strings.Join(titles, "\n")
}

// The user taps a choice, and the model is told its title.
func TestChoiceIsTapped(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(writesWith(echoModel(), frame.Choices{Options: []frame.Choice{{Title: "Yes", ID: "y"}, {Title: "No"}}}))
	r.write(ada, "Book it")
	m, err := r.meta.WaitMessage(r.ctx(), ada)
	must(t, err)
	if len(m.Choices) != 2 || m.Choices[0].ID != "y" || m.Choices[1].ID != "No" {
		t.Errorf("choices %+v", m.Choices)
	}
	_, err = r.meta.Choose(r.ctx(), ada, m, "y")
	must(t, err)
	if got := r.reply(ada); got != "You said: Yes" { // and not what it is in reply to, which is the line before
		t.Errorf("got %q", got)
	}
}

// Files that a stage pushes without any response are sent, too.
func TestFileWithoutAResponse(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		draws := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.Makes[frame.TextDelta](w)
			pipeline.On(w, func(_ context.Context, _ frame.UserTurn, out *pipeline.Emitter) error {
				return out.Push(frame.Attachment{MIMEType: "image/jpeg", Data: []byte("jpeg")})
			})
		})
		return pipeline.New(msg.Input(), draws, msg.Output()).Run(ctx)
	})
	r.write(ada, "Draw")
	if got := r.shown(1); got[0] != "[image]" {
		t.Errorf("got %q", got)
	}
	r.clean()
}

// thinker tells what it thinks.
func thinker(reasoning, text string) services.LLM {
	return services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			_ = yield(services.Delta{Reasoning: reasoning}, nil) && yield(services.Delta{Text: text}, nil)
		}
	})
}

// lateThinker tells what it thinks as if it were the answer, until it turns out that it is not.
func lateThinker(reasoning, text string) services.LLM {
	return services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			_ = yield(services.Delta{Text: reasoning}, nil) && yield(services.Delta{Retract: true}, nil) && yield(services.Delta{Text: text}, nil)
		}
	})
}

func TestReasoning(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		on   bool
		llm  services.LLM
		want []string
	}{
		{"on", true, thinker("Hm, two plus two.\n\nI see.\n", "Four."), []string{"_Hm, two plus two._\n\n_I see._", "Four."}},
		{"off", false, thinker("Hm, two plus two.\n\nI see.\n", "Four."), []string{"Four."}},
		{"with markup", true, thinker("The *sum* of an_int and _two_:\n- it is 4", "Four."), []string{"_The sum of an_int and two:_\n- _it is 4_", "Four."}},
		{"noticed late", true, lateThinker("Hm, two plus two.", "Four."), []string{"_Hm, two plus two._", "Four."}},
		{"noticed late, off", false, lateThinker("Hm, two plus two.", "Four."), []string{"Four."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.SendReasoning = tt.on })
			said := make(chan []services.Message, 1)
			r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
				err := writes(tt.llm)(ctx, m)
				said <- m.Conversation().Snapshot().Messages
				return err
			})
			r.write(ada, "2 + 2?")
			if d := cmp.Diff(tt.want, r.shown(len(tt.want))); d != "" {
				t.Errorf("messages (-want +got):\n%s", d)
			}
			if got := last(next(r, said)); got.Text != "Four." {
				t.Errorf("the conversation ends with %q", got.Text)
			}
		})
	}
}

// voice is a speech engine that makes a tone of 100 ms for each character.
func voice(rate int, err error) services.TTS {
	return services.TTSFunc(func(_ context.Context, u services.Utterance) iter.Seq2[services.Speech, error] {
		return func(yield func(services.Speech, error) bool) {
			if err != nil {
				yield(services.Speech{}, err)
				return
			}
			samples := make([]int16, rate/10*len(u.Text))
			for i := range samples {
				samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate)))
			}
			yield(services.Speech{PCM: audio.PCM{Format: audio.Mono(rate), Samples: samples}}, nil)
		}
	})
}

func TestVoiceNotes(t *testing.T) {
	t.Parallel()
	broken := services.TTSFunc(func(context.Context, services.Utterance) iter.Seq2[services.Speech, error] { panic("oops") })
	for _, tt := range []struct {
		name   string
		mode   whatsapp.VoiceMode
		tts    services.TTS
		voice  bool // the user sent one
		text   string
		extras []pipeline.Frame
		want   string
	}{
		{"always", whatsapp.VoiceAlways, voice(24000, nil), false, "**Hello**, Ada. How are you?", nil, "[voice note]"},
		{"a rate that Opus does not have", whatsapp.VoiceAlways, voice(22050, nil), false, "Hello.", nil, "[voice note]"},
		{"reply to a voice note", whatsapp.VoiceReply, voice(16000, nil), true, "Hello.", nil, "[voice note]"},
		{"never", whatsapp.VoiceNever, voice(16000, nil), true, "Hello.", nil, "Hello."},
		{"reply to a text", whatsapp.VoiceReply, voice(16000, nil), false, "Hello.", nil, "Hello."},
		{"the engine fails", whatsapp.VoiceAlways, voice(16000, errors.New("no voice")), false, "Hello.", nil, "Hello."},
		{"a long answer", whatsapp.VoiceAlways, voice(16000, nil), false, strings.Repeat("x ", 500) + "x", nil, strings.Repeat("x ", 500) + "x"},
		{"code", whatsapp.VoiceAlways, voice(16000, nil), false, "Run `ls`.", nil, "Run `ls`."},
		{"a link", whatsapp.VoiceAlways, voice(16000, nil), false, "See https://example.com", nil, "See https://example.com"},
		{"nothing to say", whatsapp.VoiceAlways, voice(16000, nil), false, "👍", nil, "👍"},
		{"choices", whatsapp.VoiceAlways, voice(16000, nil), false, "Well?", []pipeline.Frame{frame.Choices{Options: options("Yes")}}, "Well? [Yes]"},
		{"the engine panics", whatsapp.VoiceAlways, broken, false, "Hello.", nil, "Sorry, something went wrong on my side. Please try again. Or write /reset to begin anew."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.TTS, c.VoiceNotes, c.STT = tt.tts, tt.mode, &typist{hears: "Hello"} })
			said := make(chan []services.Message, 1)
			r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
				err := writesWith(says(tt.text), tt.extras...)(ctx, m)
				said <- m.Conversation().Snapshot().Messages
				return err
			})
			if tt.voice {
				note, err := opus.EncodeOgg(sound(16000, 1))
				must(t, err)
				id := r.meta.AddMedia("audio/ogg; codecs=opus", note)
				_, err = r.meta.SendMessage(r.ctx(), ada, "audio", map[string]any{"audio": map[string]any{"id": id, "voice": true, "mime_type": "audio/ogg; codecs=opus"}})
				must(t, err)
			} else {
				r.write(ada, "Hello")
			}
			got, err := r.meta.WaitMessage(r.ctx(), ada)
			must(t, err)
			if got.String() != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			messages := next(r, said)
			if !got.Voice {
				return
			}
			if end := last(messages); end.Text != tt.text || end.Role != services.Assistant {
				t.Errorf("the conversation ends with %+v", end)
			}
			mimeType, data, err := r.meta.Media(got.MediaID)
			must(t, err)
			if mimeType != "audio/ogg; codecs=opus" {
				t.Errorf("the voice note is %s", mimeType)
			}
			checkVoice(t, data)
		})
	}
}

// checkVoice checks that a file is a voice note with something to hear in it.
func checkVoice(t *testing.T, data []byte) {
	t.Helper()
	pcm, err := opus.DecodeOgg(bytes.NewReader(data), 16000, time.Minute)
	must(t, err)
	if d := pcm.Format.Duration(len(pcm.Samples)); d < 500*time.Millisecond || pcm.RMS() < -30 {
		t.Errorf("%v of audio at %.0f dBFS", d, pcm.RMS())
	}
}
