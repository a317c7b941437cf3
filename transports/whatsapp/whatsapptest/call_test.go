package whatsapptest_test

import (
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// toneClip is some silence, a tone and silence again, at 16 kHz.
func toneClip(before, tone, after time.Duration) audio.PCM {
	f := audio.Mono(16000)
	pcm := make([]int16, f.Samples(before+tone+after))
	for i := f.Samples(before); i < f.Samples(before+tone); i++ {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*300*float64(i)/16000))
	}
	return audio.PCM{Format: f, Samples: pcm}
}

func place(t *testing.T, e *whatsapptest.Emulator, opts ...whatsapptest.CallOption) *whatsapptest.Call {
	t.Helper()
	call, err := e.Call(within(t), ada, opts...)
	if err != nil {
		t.Fatalf("place the call: %v", err)
	}
	return call
}

func TestGoodCall(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		opts []whatsapptest.CallOption
	}{{"today's offer", nil}, {"older offer", []whatsapptest.CallOption{whatsapptest.OldOffer()}}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			heard := make(chan struct{}, 1)
			b, e := newBot(t, func(b *bot) {
				b.hear = func(pcm []int16) {
					for _, v := range pcm {
						if v > 4000 {
							select {
							case heard <- struct{}{}:
							default:
							}
							return
						}
					}
				}
			})
			call := place(t, e, test.opts...)
			if err := call.WaitAccepted(within(t)); err != nil {
				t.Fatalf("%v\n%s", err, history(e))
			}
			u, err := call.Say(within(t), toneClip(50*time.Millisecond, 200*time.Millisecond, 100*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-heard:
			case <-within(t).Done():
				t.Fatal("the bot did not hear the user")
			}
			if d := u.FirstSpeech - u.Start; d < 49*time.Millisecond || d > 52*time.Millisecond {
				t.Errorf("speech begins %v into the clip, want 50 ms", d)
			}
			b.speak(true)
			if _, err := call.WaitSpeech(within(t), u.End); err != nil {
				t.Fatal(err)
			}
			if wait, ok := call.Response(u); !ok || wait < 100*time.Millisecond || wait > 2*time.Second {
				t.Errorf("response %v, %v: the clip alone ends with 100 ms of silence", wait, ok)
			}
			b.speak(false)
			if _, err := call.WaitSilence(within(t), 0, 100*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if err := call.HangUp(within(t)); err != nil {
				t.Fatal(err)
			}
			if event := <-b.terminated; event["status"] != "COMPLETED" || event["start_time"] == nil {
				t.Errorf("terminate webhook: %v", event)
			}
			if v := e.Violations(); len(v) > 0 {
				t.Errorf("violations of a good bot: %v", v)
			}
			checkTimings(t, call)
			checkRecording(t, call, u)
		})
	}
}

// checkTimings wants the moments of a good call in their order.
func checkTimings(t *testing.T, call *whatsapptest.Call) {
	t.Helper()
	m := call.Timings()
	order := []struct {
		name string
		at   time.Time
	}{
		{"ring", m.Ring}, {"pre_accept", m.PreAccept}, {"ICE", m.ICEUp}, {"DTLS", m.DTLSUp}, {"accept", m.Accept},
		{"first packet", m.FirstPacket}, {"first speech", m.FirstSpeech}, {"end", m.Ended},
	}
	// The bot's side of DTLS is up a moment before ours, so its accept may come first.
	const slack = 20 * time.Millisecond
	for i := 1; i < len(order); i++ {
		if order[i].at.Add(slack).Before(order[i-1].at) || order[i].at.IsZero() {
			t.Errorf("%s at %v, before %s at %v", order[i].name, order[i].at, order[i-1].name, order[i-1].at)
		}
	}
	t.Logf("ring to accept %v, pre_accept to DTLS %v", m.Accept.Sub(m.Ring), m.DTLSUp.Sub(m.PreAccept))
}

// checkRecording wants the user's tone on the left, where Say says, and the bot's on the right.
func checkRecording(t *testing.T, call *whatsapptest.Call, u whatsapptest.Utterance) {
	t.Helper()
	rec := call.Recording()
	side := func(channel int) audio.PCM {
		out := make([]int16, rec.Len())
		for i := range out {
			out[i] = rec.Samples[2*i+channel]
		}
		return audio.PCM{Format: audio.Mono(rec.Rate), Samples: out}
	}
	left := whatsapptest.SpeechSpans(side(0))
	if len(left) != 1 || (left[0].Start-u.FirstSpeech).Abs() > time.Millisecond || (left[0].End-u.LastSpeech).Abs() > time.Millisecond {
		t.Errorf("the left channel has speech at %v, want one at %v to %v", left, u.FirstSpeech, u.LastSpeech)
	}
	right := whatsapptest.SpeechSpans(side(1))
	if len(right) == 0 || (right[0].Start-call.Speech()[0].Start).Abs() > 60*time.Millisecond {
		t.Errorf("the right channel has speech at %v, want it at %v", right, call.Speech())
	}
}
