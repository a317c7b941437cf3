package processors_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
)

// press is a script in which keys are pressed, one after each gap.
func press(gap time.Duration, keys string) (script pipelinetest.Script) {
	for _, k := range keys {
		script = append(script, gap, frame.DTMF{Digit: k, Duration: 100 * ms})
	}
	return script
}

func TestKeysBecomeOneTurn(t *testing.T) {
	long := strings.Repeat("7", 70)
	tests := []struct {
		name   string
		script pipelinetest.Script
		opts   []processors.DTMFOption
		want   []string
		after  []time.Duration // of the script's beginning
	}{
		{"up to the pound sign", press(300*ms, "15#"), nil, []string{"pressed 15#"}, []time.Duration{900 * ms}},
		{"up to a pause", append(press(300*ms, "15"), 2*time.Second), nil, []string{"pressed 15"}, []time.Duration{2100 * ms}},
		{"slow keys are one input", append(press(1400*ms, "*12"), 2*time.Second), nil, []string{"pressed *12"}, []time.Duration{5700 * ms}},
		{"keys after a pause are another", append(press(1600*ms, "12"), 2*time.Second), nil,
			[]string{"pressed 1", "pressed 2"}, []time.Duration{3100 * ms, 4700 * ms}},
		{"keys after the pound sign are another", append(press(100*ms, "1#2"), 2*time.Second), nil,
			[]string{"pressed 1#", "pressed 2"}, []time.Duration{200 * ms, 1800 * ms}},
		{"the pound sign alone", press(100*ms, "#"), nil, []string{"pressed #"}, []time.Duration{100 * ms}},
		{"another pause", append(press(300*ms, "15"), time.Second), []processors.DTMFOption{processors.WithDTMFPause(200 * ms)},
			[]string{"pressed 1", "pressed 5"}, []time.Duration{500 * ms, 800 * ms}},
		{"more keys than anybody presses", append(press(10*ms, long), 2*time.Second), nil,
			[]string{"pressed " + long[:64], "pressed " + long[64:]}, []time.Duration{640 * ms, 2200 * ms}},
		{"the call ends before", press(100*ms, "1"), nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var got []string
				var after []time.Duration
				frames := pipelinetest.Run(t, tt.script, processors.DTMF(tt.opts...), stamp(func(f frame.UserTurn) {
					if f.Via != "call" {
						t.Errorf("the turn came via %q", f.Via)
					}
					got, after = append(got, f.Text), append(after, time.Since(begin))
				}))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("turns (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.after, after); diff != "" {
					t.Errorf("times (-want +got):\n%s", diff)
				}
				if n := len(pipelinetest.Of[frame.DTMF](frames)); n > 0 {
					t.Errorf("%d keys went on behind the stage", n)
				}
			})
		})
	}
}

func TestKeysSilenceTheBotAndAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		answer := "One two three four five six seven eight nine ten."
		script := talk(320*ms, 640*ms, time.Second)
		script = append(script, press(100*ms, "4")...)
		script = append(script, press(400*ms, "2#")...)
		script = append(script, 500*ms)
		heard, _ := agent(t, script, &slowSTT{takes: 50 * ms}, tokens(time.Microsecond, answer), c)
		// The keys come at 2.06, 2.46 and 2.86 s: packets 103, 123 and 143.
		if !strings.HasPrefix(heard[98:], "bbbb") || strings.Contains(heard[105:142], "b") || !strings.Contains(heard[143:155], "b") {
			t.Errorf("packets before the keys: %s, during: %s, after: %s; want speech, silence, speech", heard[90:103], heard[103:143], heard[143:])
		}
		got := said(c)
		if len(got) != 4 || !strings.HasSuffix(got[1], " -") || got[2] != "user: pressed 42#" || !strings.HasPrefix(got[3], "assistant: One") {
			t.Errorf("conversation: %q", got)
		}
	})
}

// Speech that comes before the answer to the keys is played replaces that answer.
func TestSpeechAfterKeysInterruptsTheirAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := conversation.New()
		script := append(press(100*ms, "1#"), talk(100*ms, 640*ms, 3*time.Second)...)
		agent(t, script, &slowSTT{takes: 50 * ms}, tokens(200*ms, "A slow answer, that takes two seconds or even more."), c)
		got := said(c)
		if len(got) < 2 || got[0] != "user: pressed 1#" || got[1] != "user: 640ms" {
			t.Errorf("conversation: %q, want the second turn before any answer", got)
		}
	})
}
