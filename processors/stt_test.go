package processors_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
)

// finals are the final transcripts.
func finals(frames []pipeline.Frame) (out []frame.Transcript) {
	for _, t := range pipelinetest.Of[frame.Transcript](frames) {
		if t.Final {
			out = append(out, t)
		}
	}
	return out
}

func TestSTTHearsAllOfAnUtterance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stt := &slowSTT{takes: 100 * ms}
		got := pipelinetest.Run(t, talk(960*ms, 640*ms, 640*ms, 320*ms, 640*ms), processors.VAD(loudVAD{}), processors.STT(stt))
		want := []frame.Transcript{
			{Text: "640ms", Start: window(30), End: window(50), Final: true},
			{Text: "320ms", Start: window(70), End: window(80), Final: true},
		}
		if diff := cmp.Diff(want, finals(got)); diff != "" {
			t.Errorf("final transcripts (-want +got):\n%s", diff)
		}
		if stt.open != 0 {
			t.Errorf("%d transcriptions were left open", stt.open)
		}
	})
}

func TestSTTIsReadyWhenTheVADStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, talk(320*ms, 3*time.Second, 640*ms),
			processors.VAD(loudVAD{}), processors.STT(&slowSTT{takes: 130 * ms}))
		at := map[frame.Point]time.Time{}
		for _, m := range pipelinetest.Of[frame.Metrics](got) {
			at[m.Point] = m.At
		}
		if d := at[frame.PointTranscript].Sub(at[frame.PointVADStop]); d > 0 {
			t.Errorf("the text came %v after the VAD's stop, want before it", d)
		}
	})
}

func TestSTTReadsASentenceWithPausesAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, talk(320*ms, 320*ms, 128*ms, 320*ms, 640*ms),
			processors.VAD(loudVAD{}), processors.STT(&slowSTT{takes: 50 * ms}))
		if f := finals(got); len(f) != 1 || f[0].Text != "640ms" {
			t.Errorf("final transcripts %v, want one of both halves", f)
		}
		if all := pipelinetest.Of[frame.Transcript](got); len(all) < 2 || all[0].Final || all[0].Text != "320ms" {
			t.Errorf("transcripts %v, want an interim one of the first half", all)
		}
	})
}

func TestSTTAlwaysGivesOneFinalTranscript(t *testing.T) {
	boom := errors.New("connection refused")
	for name, stt := range map[string]*slowSTT{
		"understands nothing": {mute: true},
		"cannot be opened":    {fail: boom},
		"never answers":       {never: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				script := append(talk(320*ms, 320*ms, 640*ms), 10*time.Second)
				got := pipelinetest.Run(t, script, processors.VAD(loudVAD{}), processors.STT(stt))
				if f := finals(got); len(f) != 1 || f[0].Text != "" {
					t.Errorf("final transcripts %v, want one empty", f)
				}
				failures := pipelinetest.Of[pipeline.Failure](got)
				if wantFailure := !stt.mute; (len(failures) == 1) != wantFailure {
					t.Errorf("failures %v", failures)
				}
				if stt.fail != nil && (len(failures) != 1 || !errors.Is(failures[0].Err, boom)) {
					t.Errorf("failures %v, want the engine's own error", failures)
				}
			})
		})
	}
}
