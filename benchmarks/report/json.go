package report

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Report is all that one run measured, with what one must know to compare it with another run.
type Report struct {
	Machine   Machine
	Began     time.Time
	Scenarios []Scenario
	Engine    Engine
	Calls     Calls
	Text      Text
}

type jsonStat struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func millis(s Stat) jsonStat {
	return jsonStat{Milliseconds(s.P50), Milliseconds(s.P90), Milliseconds(s.P99), Milliseconds(s.Max)}
}

func micros(s Stat) jsonStat {
	us := func(d time.Duration) float64 { return float64(d) / 1e3 }
	return jsonStat{us(s.P50), us(s.P90), us(s.P99), us(s.Max)}
}

type jsonTurn struct {
	Input      string             `json:"input"`
	Heard      string             `json:"heard,omitempty"`
	Said       string             `json:"said,omitempty"`
	ResponseMS float64            `json:"response_ms"`
	StagesMS   map[string]float64 `json:"stages_ms"`
}

type jsonScenario struct {
	Name       string              `json:"name"`
	What       string              `json:"what"`
	ResponseMS jsonStat            `json:"response_ms"`
	StagesMS   map[string]jsonStat `json:"stages_ms"`
	Order      []string            `json:"stage_order"`
	Turns      []jsonTurn          `json:"turns"`
}

// WriteJSON writes the report to a file, every turn included.
func (r Report) WriteJSON(path string) error {
	out := struct {
		Machine   Machine        `json:"machine"`
		Began     time.Time      `json:"began"`
		Scenarios []jsonScenario `json:"scenarios"`
		Engine    *jsonEngine    `json:"engine,omitempty"`
		Calls     *jsonCalls     `json:"calls,omitempty"`
		Text      *jsonText      `json:"text,omitempty"`
	}{Machine: r.Machine, Began: r.Began.UTC().Truncate(time.Second), Scenarios: []jsonScenario{}, Engine: r.Engine.json(), Calls: r.Calls.json(), Text: r.Text.json()}
	for _, s := range r.Scenarios {
		js := jsonScenario{Name: s.Name, What: s.What, ResponseMS: millis(s.Total()),
			StagesMS: map[string]jsonStat{}, Order: s.SpanNames()}
		for _, name := range js.Order {
			js.StagesMS[name] = millis(s.Span(name))
		}
		for _, t := range s.Turns {
			jt := jsonTurn{Input: t.Input, Heard: t.Heard, Said: t.Said, ResponseMS: Milliseconds(t.Total()),
				StagesMS: map[string]float64{}}
			for _, sp := range t.Spans {
				jt.StagesMS[sp.Name] = Milliseconds(sp.Took)
			}
			js.Turns = append(js.Turns, jt)
		}
		out.Scenarios = append(out.Scenarios, js)
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
