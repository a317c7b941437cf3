package trace_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type question struct{ pipeline.Durable }

type answer struct{ pipeline.Response }

type noise struct{ pipeline.Media }

// record traces a session in which a slow stage answers two questions, one of which is interrupted.
func record(t *testing.T, tr *trace.Trace) {
	t.Helper()
	slow := pipeline.OnError(pipeline.SkipFrame, pipeline.Handle(func(_ context.Context, _ question, out *pipeline.Emitter) error {
		time.Sleep(40 * time.Millisecond)
		if err := out.Push(answer{}); err != nil {
			return err
		}
		return errors.New("no <more> ideas")
	}, pipeline.Named("slow"), pipeline.Making[answer]()))
	reader := pipeline.Handle(func(context.Context, answer, *pipeline.Emitter) error {
		time.Sleep(time.Second)
		return nil
	}, pipeline.Named("reader"))
	hears := pipeline.Handle(func(context.Context, noise, *pipeline.Emitter) error { return nil }, pipeline.Named("ear"))
	script := pipelinetest.Script{time.Millisecond, noise{}, question{}, question{}, 100 * time.Millisecond,
		func(out *pipeline.Emitter) { out.Interrupt("test") }}
	if err := pipeline.New(pipelinetest.Source(script), hears, slow, reader).With(pipeline.WithObserver(tr)).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTextIsATimeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace.Trace
		record(t, &tr)
		var out strings.Builder
		if err := tr.WriteText(&out); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"ms      stage   frame     gen  waited ms  took ms",
			"0.0     slow    question  1    0.0        40.0     error: no <more> ideas",
			"40.0    slow    question  1    40.0       40.0     error: no <more> ideas",
			"40.0    reader  answer    1    0.0        1000.0",
			"1040.0  reader  answer    1    ",
			"dropped: interrupted",
		}
		for _, line := range want {
			if !strings.Contains(out.String(), line) {
				t.Errorf("no line %q in\n%s", line, out.String())
			}
		}
		if strings.Contains(out.String(), "noise") {
			t.Errorf("live input buries the rest:\n%s", out.String())
		}
	})
}

func TestHTMLIsOneWellFormedPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := trace.Trace{Limit: 4, Media: true}
		record(t, &tr)
		var out strings.Builder
		if err := tr.WriteHTML(&out); err != nil {
			t.Fatal(err)
		}
		svg := out.String()
		svg = svg[strings.Index(svg, "<svg"):strings.Index(svg, "</svg>")] + "</svg>"
		bars := 0
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("the picture is not well-formed: %v", err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
				bars++
			}
		}
		if bars < 4 || !strings.Contains(out.String(), "no &lt;more&gt; ideas") || !strings.Contains(out.String(), "more entries were not kept") {
			t.Errorf("%d bars in\n%s", bars, out.String())
		}
		for _, outside := range []string{"http://", "https://", "src=", "href="} {
			if strings.Contains(out.String(), outside) {
				t.Errorf("the page needs something from outside: %s", outside)
			}
		}
	})
}

func TestAnEmptyTraceIsDrawn(t *testing.T) {
	var tr trace.Trace
	if err := errors.Join(tr.WriteText(io.Discard), tr.WriteHTML(io.Discard)); err != nil {
		t.Error(err)
	}
}
