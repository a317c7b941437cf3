package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWriteText(t *testing.T) {
	text := Text{
		Loads: []TextLoad{
			{Store: "memory", Messages: 77, Webhook: Stat{P99: 11 * time.Millisecond}},
			{Store: "file", Messages: 88, Wanted: 1000, Rate: 998.7, Request: Stat{P50: 12 * time.Millisecond}, CPU: 0.456},
		},
		Most:    []TextMost{{Store: "file", Rate: 654, Failed: 765}},
		Idle:    TextIdle{Users: 100, Heap: 123_400, Stored: 5_000_000, Rate: 2222, Wrote: 3, WroteHeap: 2997},
		Targets: []Target{{What: "good", Met: true}, {What: "bad"}},
	}
	var out strings.Builder
	if err := WriteTextTables(&out, text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one by one", "77", "11", "999", "12", "45.6", "1234", "50000", "2222", "654", "765", "999", "pass", "MISS"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, out.String())
		}
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := (Report{Text: text}).WriteJSON(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Text struct {
			Rows []struct {
				RequestMS struct{ P50 float64 } `json:"request_ms"`
			}
			Idle struct {
				Each int `json:"heap_bytes_each"`
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Text.Rows[1].RequestMS.P50 != 12 || got.Text.Idle.Each != 1234 {
		t.Errorf("not what was measured: %s", data)
	}
	if (Text{}).json() != nil {
		t.Error("no text was measured, and yet it is in the report")
	}
}
