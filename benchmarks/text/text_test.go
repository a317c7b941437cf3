package text

import (
	"bytes"
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/benchmarks/report"
)

func TestMain(m *testing.M) {
	ServeIfChild() // the bot's process is this test once more
	goleak.VerifyTestMain(m)
}

// The short form of what "bench -only text" measures.
func TestMeasure(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	got, err := Measure(ctx, Size{Alone: 20, Rate: 100, Messages: 100, Users: 50, Most: []int{20, 40}, Idle: 100, Writers: 10})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.WriteTextTables(&out, got); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if len(got.Loads) != 4 || len(got.Most) != 2 || got.Idle.Stored <= 0 || got.Idle.Rate <= 0 || got.Idle.Wrote != 10 || len(got.Targets) != 2 {
		t.Errorf("measured: %+v", got)
	}
	for _, l := range got.Loads {
		if l.Failed != 0 || l.Webhook.P50 <= 0 || l.Request.P50 <= 0 || l.CPU <= 0 || l.Rate <= 0 {
			t.Errorf("load: %+v", l)
		}
	}
}

func TestTargets(t *testing.T) {
	stat := func(d time.Duration) report.Stat { return report.Stat{P99: d} }
	all := Targets(report.Text{
		Loads: []report.TextLoad{
			{Store: "memory", Wanted: 0, Webhook: stat(time.Second)},
			{Store: "memory", Wanted: 1000, Rate: 999, Webhook: stat(time.Millisecond)},
			{Store: "file", Wanted: 1000, Rate: 900, Webhook: stat(6 * time.Millisecond)},
		},
		Idle: report.TextIdle{Users: 10, Heap: 10_000},
	})
	want := []bool{true, true, false, false, true}
	if len(all) != len(want) {
		t.Fatalf("%d targets: %v", len(all), all)
	}
	for i, target := range all {
		if target.Met != want[i] {
			t.Errorf("%s: %v", target.What, target.Met)
		}
	}
}
