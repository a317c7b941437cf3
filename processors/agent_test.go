package processors_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/playout"
)

// agent runs a whole agent with quick services on live audio, in virtual time, and pulls its voice every 20 ms. The
// result has a letter for each packet: 'b' if the bot was heard, '.' for silence.
func agent(t *testing.T, script pipelinetest.Script, stt services.STT, model services.LLM, c *conversation.Conversation, opts ...processors.LLMOption) (heard string, frames []pipeline.Frame) {
	t.Helper()
	out, sink := playout.New(), pipelinetest.NewSink()
	s, err := pipeline.New(
		pipelinetest.Source(script),
		processors.VAD(loudVAD{}),
		processors.STT(stt),
		processors.DTMF(),
		processors.Turn(),
		processors.LLM(model, c, opts...),
		processors.TTS(toneTTS()),
		out,
		sink,
	).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(playout.PacketDuration)
	defer tick.Stop()
	var packets strings.Builder
	for {
		select {
		case <-tick.C:
			if _, ok := out.Pull(); ok {
				packets.WriteByte('b')
			} else {
				packets.WriteByte('.')
			}
		case <-s.Done():
			if err := s.Wait(); err != nil {
				t.Fatalf("the session ended with: %v", err)
			}
			return packets.String(), sink.Frames()
		}
	}
}

// said lists a conversation as "user: ..." and "assistant: ...", with a dash where the user cut in.
func said(c *conversation.Conversation) (out []string) {
	for _, m := range c.Snapshot().Messages {
		line := string(m.Role) + ": " + m.Text
		if m.Interrupted {
			line += " -"
		}
		out = append(out, line)
	}
	return out
}

func TestATurnIsHeardAnsweredAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		var turns []processors.TurnLatency
		out, sink := playout.New(), pipelinetest.NewSink()
		s, err := pipeline.New(
			pipelinetest.Source(talk(320*ms, 640*ms, 2*time.Second)),
			processors.VAD(loudVAD{}), processors.STT(&slowSTT{takes: 50 * ms}), processors.Turn(),
			processors.LLM(tokens(10*ms, "All right, I heard you."), c), processors.TTS(toneTTS()), out,
			processors.Latency(func(l processors.TurnLatency) { turns = append(turns, l) }), sink,
		).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for open := true; open; {
			select {
			case <-time.After(20 * ms):
				out.Pull()
			case <-s.Done():
				open = false
			}
		}
		if err := s.Wait(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"user: 640ms", "assistant: All right, I heard you."}, said(c)); diff != "" {
			t.Errorf("conversation (-want +got):\n%s", diff)
		}
		if len(turns) != 1 || len(turns[0].Points) != 7 {
			t.Fatalf("latency: %v, want one turn with all its points", turns)
		}
		if d := turns[0].Total(); d < 200*ms || d > 280*ms {
			t.Errorf("the first packet left %v after the end of speech, want the VAD's 192 ms, two tokens and at most two packets", d)
		}
	})
}

func TestBargeInIsSilentAtOnceAndOnlyWhatWasHeardIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		answer := "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."
		heard, _ := agent(t, talk(320*ms, 640*ms, 2*time.Second, time.Second, time.Second), &slowSTT{takes: 50 * ms}, tokens(time.Microsecond, answer), c)
		// The second speech begins at 2.96 s, which is packet 148. The VAD finds it likely within 116 ms.
		if during := heard[148:]; !strings.HasPrefix(during, "bbb") || strings.Contains(during[7:50], "b") {
			t.Errorf("packets from the barge-in on: %s, want silence within 140 ms for as long as the user speaks", during)
		}
		got := said(c)
		if len(got) != 4 || got[0] != "user: 640ms" || got[2] != "user: 1s" || got[3] != "assistant: "+answer {
			t.Fatalf("conversation: %q", got)
		}
		cut := strings.TrimSuffix(strings.TrimPrefix(got[1], "assistant: "), " -")
		if !strings.HasSuffix(got[1], " -") || !strings.HasPrefix(answer, cut) || len(cut) < 20 || len(cut) > 50 {
			t.Errorf("remembered as heard: %q, want the first two seconds of it, marked as interrupted", got[1])
		}
	})
}

func TestACoughAndAPhantomDoNotStopTheAnswer(t *testing.T) {
	const answer = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."
	for name, noise := range map[string]time.Duration{"cough": 160 * ms, "phantom": 320 * ms} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := conversation.New()
				stt := &onlyFirst{slowSTT: slowSTT{takes: 50 * ms}}
				heard, _ := agent(t, talk(320*ms, 640*ms, 2*time.Second, noise, time.Second), stt, tokens(time.Microsecond, answer), c)
				if n, want := strings.Count(heard, "b"), len(answer)*50/20; n < want || n > want+1 {
					t.Errorf("%d packets of the bot were heard, want all %d", n, want)
				}
				if diff := cmp.Diff([]string{"user: 640ms", "assistant: " + answer}, said(c)); diff != "" {
					t.Errorf("conversation (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// onlyFirst understands the first utterance and nothing after it.
type onlyFirst struct {
	slowSTT
	n int
}

func (s *onlyFirst) Open(ctx context.Context, f audio.Format) (services.Transcription, error) {
	s.n++
	s.mute = s.n > 1
	return s.slowSTT.Open(ctx, f)
}

func TestWordsSaidWhileTheModelThinksJoinTheNextTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		_, frames := agent(t, talk(320*ms, 640*ms, 400*ms, 320*ms, 2*time.Second), &slowSTT{takes: 50 * ms}, tokens(600*ms, "Fine."), c)
		if diff := cmp.Diff([]string{"user: 640ms", "user: 320ms", "assistant: Fine."}, said(c)); diff != "" {
			t.Errorf("conversation (-want +got):\n%s", diff)
		}
		if n := len(pipelinetest.Of[pipeline.Interrupted](frames)); n != 1 {
			t.Errorf("%d interruptions, want one of the answer that was being thought about", n)
		}
	})
}

func TestAModelThatFailsIsApologisedFor(t *testing.T) {
	boom := errors.New("out of credit")
	fails := func(deltas ...string) services.LLM {
		return services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
			return func(yield func(services.Delta, error) bool) {
				for _, d := range deltas {
					if !yield(services.Delta{Text: d}, nil) {
						return
					}
				}
				yield(services.Delta{}, boom)
			}
		})
	}
	tests := []struct {
		name  string
		model services.LLM
		heard string
		own   bool // the model said it, so it is part of the conversation
	}{
		{"at once", fails(), "Pardon?", false},
		{"half way", fails("I think"), "I think", true},
		{"hangs", tokens(time.Hour, "Too late."), "Pardon?", false},
		{"empty", tokens(0, ""), "Pardon?", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := conversation.New()
				script := append(talk(320*ms, 640*ms, 640*ms), 12*time.Second)
				_, frames := agent(t, script, &slowSTT{}, tt.model, c, processors.WithApology("Pardon?"))
				want := []string{"user: 640ms"}
				if tt.own {
					want = append(want, "assistant: "+tt.heard)
				}
				if diff := cmp.Diff(want, said(c)); diff != "" {
					t.Errorf("conversation (-want +got):\n%s", diff)
				}
				heard := ""
				for _, f := range pipelinetest.Of[frame.Playback](frames) {
					if f.State == frame.PlaybackDone {
						heard += f.Heard
					}
				}
				if heard != tt.heard {
					t.Errorf("the user heard %q, want %q", heard, tt.heard)
				}
				if n := len(pipelinetest.Of[pipeline.Failure](frames)); n != 1 {
					t.Errorf("%d failures told, want one", n)
				}
			})
		})
	}
}

func TestGreetingIsSpokenFirstAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		out := playout.New()
		s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[frame.UserTurn]), processors.Greet("Hello, this is Parley."), processors.LLM(nil, c), processors.TTS(toneTTS()), out).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			time.Sleep(20 * ms)
			out.Pull()
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"assistant: Hello, this is Parley."}, said(c)); diff != "" {
			t.Errorf("conversation (-want +got):\n%s", diff)
		}
	})
}

func TestAClauseThatCannotBeSpokenDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, pipelinetest.Script{
			frame.ResponseStart{ID: 1}, frame.TextDelta{ID: 1, Text: "First. This is broken. Third."}, frame.ResponseEnd{ID: 1},
		}, processors.TTS(toneTTS()))
		var spoken []string
		for _, a := range pipelinetest.Of[frame.AudioOut](got) {
			if a.Text != "" {
				spoken = append(spoken, a.Text)
			}
		}
		if diff := cmp.Diff([]string{"First.", "Third."}, spoken); diff != "" {
			t.Errorf("spoken (-want +got):\n%s", diff)
		}
		if n := len(pipelinetest.Of[pipeline.Failure](got)); n != 1 {
			t.Errorf("%d failures told, want one", n)
		}
	})
}

func TestTextRunsThroughTheSameLLMStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		// what a text transport does: push the turn, take the text, and tell what was delivered
		output := pipeline.StageFunc(func(w *pipeline.Wiring) {
			var text strings.Builder
			pipeline.On(w, func(_ context.Context, f frame.TextDelta, _ *pipeline.Emitter) error {
				text.WriteString(f.Text)
				return nil
			})
			pipeline.On(w, func(_ context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
				return out.Push(frame.Playback{ID: f.ID, State: frame.PlaybackDone, Heard: text.String()})
			})
		})
		pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "Hi", Via: "text"}},
			processors.LLM(tokens(ms, "Hello to you."), c, processors.WithInstructions("Be brief.")), output)
		if diff := cmp.Diff([]string{"user: Hi", "assistant: Hello to you."}, said(c)); diff != "" {
			t.Errorf("conversation (-want +got):\n%s", diff)
		}
	})
}

// TestWhoReadsWaitsLonger has models whose first text takes 11 s, and an hour.
func TestWhoReadsWaitsLonger(t *testing.T) {
	for _, tt := range []struct {
		via    string
		takes  time.Duration
		opts   []processors.LLMOption
		answer string
	}{
		{"call", 11 * time.Second, nil, "Pardon?"},
		{"text", 11 * time.Second, nil, "Well."},
		{"text", time.Hour, nil, "Pardon?"},
		{"call", 11 * time.Second, []processors.LLMOption{processors.WithLLMDeadlines(processors.DefaultTextDeadlines)}, "Well."},
	} {
		synctest.Test(t, func(t *testing.T) {
			sink := pipelinetest.NewSink()
			s, err := pipeline.New(
				pipelinetest.Source(pipelinetest.Script{frame.UserTurn{Text: "Hi", Via: tt.via}}),
				processors.LLM(tokens(tt.takes, "Well."), conversation.New(), append(tt.opts, processors.WithApology("Pardon?"))...),
				sink).Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Wait(); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			for _, d := range pipelinetest.Of[frame.TextDelta](sink.Frames()) {
				text.WriteString(d.Text)
			}
			if ends := pipelinetest.Of[frame.ResponseEnd](sink.Frames()); len(ends) != 1 || ends[0].Broken {
				t.Errorf("the response ended as %+v", ends)
			}
			if text.String() != tt.answer {
				t.Errorf("a model that takes %v, by %s: %q, want %q", tt.takes, tt.via, text.String(), tt.answer)
			}
		})
	}
}

func TestABrokenAnswerSaysSoAtItsEnd(t *testing.T) {
	breaks := services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			if yield(services.Delta{Text: "I think"}, nil) {
				yield(services.Delta{}, errors.New("out of credit"))
			}
		}
	})
	sink := pipelinetest.NewSink()
	pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "Hi", Via: "text"}}, processors.LLM(breaks, conversation.New()), sink)
	if ends := pipelinetest.Of[frame.ResponseEnd](sink.Frames()); len(ends) != 1 || !ends[0].Broken {
		t.Errorf("the response ended as %+v", ends)
	}
}

func TestAGuessEntersTheConversationWhenItIsCommitted(t *testing.T) {
	for _, right := range []bool{true, false} {
		t.Run(fmt.Sprint(right), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := conversation.New()
				out := playout.New()
				var asked []string
				model := services.LLMFunc(func(ctx context.Context, r services.Request) iter.Seq2[services.Delta, error] {
					asked = append(asked, r.Messages[len(r.Messages)-1].Text)
					return tokens(10*ms, "Yes.").Generate(ctx, r)
				})
				script := pipelinetest.Script{ms, func(out *pipeline.Emitter) {
					g, err := out.Speculate(frame.UserTurn{Text: "Are you there", Via: "call", Speculative: true})
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(50 * ms)
					if n := len(c.Snapshot().Messages); n != 0 {
						t.Errorf("%d messages entered the conversation on a guess", n)
					}
					if right {
						out.Commit(g)
					} else {
						out.Discard(g)
						_ = out.Push(frame.UserTurn{Text: "Are you there, Ada?", Via: "call"})
					}
				}, time.Second}
				s, err := pipeline.New(pipelinetest.Source(script), processors.LLM(model, c), processors.TTS(toneTTS()), out).Start(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for open := true; open; {
					select {
					case <-time.After(20 * ms):
						out.Pull()
					case <-s.Done():
						open = false
					}
				}
				want := []string{"user: Are you there", "assistant: Yes."}
				if !right {
					want[0] += ", Ada?"
				}
				if diff := cmp.Diff(want, said(c)); diff != "" {
					t.Errorf("conversation (-want +got):\n%s", diff)
				}
				if len(asked) == 2 == right {
					t.Errorf("the model was asked %q", asked)
				}
			})
		})
	}
}

func TestMessagesAreDatedByTheSessionsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
		c := conversation.New()
		p := pipeline.New(pipelinetest.Source(pipelinetest.Script{frame.UserTurn{Text: "Hi"}}), processors.LLM(tokens(ms, "Hello."), c))
		if err := p.With(pipeline.WithClock(func() time.Time { return noon })).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m := c.Snapshot().Messages; len(m) != 1 || !m[0].At.Equal(noon) {
			t.Errorf("messages %+v, want one of noon", m)
		}
	})
}
