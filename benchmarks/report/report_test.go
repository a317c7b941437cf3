package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSummarize(t *testing.T) {
	var hundred []time.Duration
	for i := 100; i > 0; i-- { // in no order
		hundred = append(hundred, time.Duration(i)*time.Millisecond)
	}
	tests := []struct {
		name string
		in   []time.Duration
		want Stat
	}{
		{"none", nil, Stat{}},
		{"one", []time.Duration{7}, Stat{7, 7, 7, 7}},
		{"two", []time.Duration{9, 1}, Stat{1, 9, 9, 9}},
		{"hundred", hundred, Stat{50 * time.Millisecond, 90 * time.Millisecond, 99 * time.Millisecond,
			100 * time.Millisecond}},
	}
	for _, tt := range tests {
		if got := Summarize(tt.in); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func turn(ds ...time.Duration) Turn {
	names := []string{"VAD stop time", "STT", "LLM"}
	var t Turn
	for i, d := range ds {
		t.Spans = append(t.Spans, Span{names[i], d * time.Millisecond})
	}
	return t
}

func sample() Scenario {
	return Scenario{Name: "sample", What: "Nothing is real.",
		Turns: []Turn{turn(200, 50, 30), turn(210, 10, 20), turn(220, 60, 40)}}
}

func TestScenario(t *testing.T) {
	s := sample()
	if got, want := s.Total().P50, 280*time.Millisecond; got != want {
		t.Errorf("median of the response time: got %v, want %v", got, want)
	}
	if got, want := s.Median().Total(), s.Total().P50; got != want {
		t.Errorf("the median turn took %v, want %v", got, want)
	}
	if got, want := s.Span("STT"), (Stat{50e6, 60e6, 60e6, 60e6}); got != want {
		t.Errorf("STT: got %v, want %v", got, want)
	}
	if got, want := s.Without("VAD stop time").P50, 80*time.Millisecond; got != want {
		t.Errorf("without the VAD's stop time: got %v, want %v", got, want)
	}
	if got := strings.Join(s.SpanNames(), ","); got != "VAD stop time,STT,LLM" {
		t.Errorf("span names: %s", got)
	}
	if got := (Scenario{}).Median().Total(); got != 0 {
		t.Errorf("no turns: got %v, want 0", got)
	}
}

func TestWriteTable(t *testing.T) {
	var out bytes.Buffer
	if err := WriteTable(&out, sample()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sample: 3 turns", "VAD stop time", "total", "280"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

func TestWriteJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	r := Report{Machine: ThisMachine(), Began: time.Now(), Scenarios: []Scenario{sample()},
		Engine: Engine{Costs: []EngineCost{{Stages: 10, Hops: 11, PerFrame: Stat{P50: 22 * time.Microsecond}}}}}
	if err := r.WriteJSON(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Scenarios []struct {
			ResponseMS struct{ P50 float64 } `json:"response_ms"`
			Turns      []struct {
				ResponseMS float64            `json:"response_ms"`
				StagesMS   map[string]float64 `json:"stages_ms"`
			}
		}
		Engine struct {
			Rows []struct {
				PerFrameUS struct{ P50 float64 } `json:"per_frame_us"`
				PerHopUS   float64               `json:"per_hop_us"`
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Scenarios) != 1 || got.Scenarios[0].ResponseMS.P50 != 280 || len(got.Scenarios[0].Turns) != 3 ||
		got.Scenarios[0].Turns[1].StagesMS["STT"] != 10 || got.Engine.Rows[0].PerFrameUS.P50 != 22 || got.Engine.Rows[0].PerHopUS != 2 {
		t.Errorf("not what was measured: %s", data)
	}
}

func TestWriteEngineTables(t *testing.T) {
	e := Engine{
		Costs:   []EngineCost{{Stages: 10, Hops: 11, PerFrame: Stat{P50: 22 * time.Microsecond}, BurstPerFrame: 4 * time.Microsecond}},
		Crowds:  []EngineCrowd{{Sessions: 1000, Bytes: 2560, Start: time.Millisecond, PerFrame: time.Microsecond, Hops: 7}},
		Busy:    []EngineBusy{{Sessions: 77, CPU: 0.25, Dropped: 3}},
		Targets: []Target{{What: "good", Want: "1", Got: "1", Met: true}, {What: "bad", Want: "2", Got: "3"}},
	}
	var out strings.Builder
	if err := WriteEngineTables(&out, e); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"22.00", "250000", "2.5", "0.25", "pass", "MISS"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, out.String())
		}
	}
}

func TestWriteWaterfall(t *testing.T) {
	dir := t.TempDir()
	svg, pic := filepath.Join(dir, "w.svg"), filepath.Join(dir, "w.png")
	if err := WriteWaterfall("title", []Scenario{{Name: "empty"}, sample()}, svg, pic); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sample", "VAD stop time", "280 ms"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	f, err := os.Open(pic)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.DecodeConfig(f); err != nil {
		t.Errorf("not a PNG: %v", err)
	}
	if err := WriteWaterfall("title", nil, svg); !errors.Is(err, ErrNoTurns) {
		t.Errorf("nothing to draw: got %v", err)
	}
}

func TestCPUName(t *testing.T) {
	if cpuName() == "" {
		t.Error("the processor has an empty name")
	}
}
