package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWriteCalls(t *testing.T) {
	ms := func(n time.Duration) Stat {
		return Stat{n * time.Millisecond, n * time.Millisecond, n * time.Millisecond, n * time.Millisecond}
	}
	c := Calls{
		Setups: []CallSetup{{Calls: 200, Together: 20, Webhook: ms(11), PreAccept: ms(12), Accept: ms(13), FirstPacket: ms(14)}},
		Left:   CallLeftovers{Calls: 200, Before: ProcessUse{Goroutines: 71}, After: ProcessUse{Goroutines: 72, Heap: 1_230_000}},
		Capacity: []CallCapacity{{Kind: "modelled", Most: 90, Loads: []CallLoad{
			{Calls: 90, Served: true, Late: ms(17), SlowestRate: 49.9, CPU: 0.45, Turns: 1234}}}},
		Network: CallNetwork{Calls: 20, Answered: 19, Over: 3, For: time.Minute, Loss: 0.05, Jitter: 30 * time.Millisecond,
			ToBot: AudioGaps{Packets: 95, Lost: 5, Corrected: 4, Concealed: 1}},
		Targets: []Target{{What: "good", Met: true}, {What: "bad"}},
	}
	var out strings.Builder
	if err := WriteCallTables(&out, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"11", "14", "72", "1.23", `"modelled": 90`, "49.9", "0.50", "1234", "19 answered, 3 lost", "5.00 %", "80.00 %", "pass", "MISS"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, out.String())
		}
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := (Report{Calls: c}).WriteJSON(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Calls struct {
			Setup []struct {
				FirstPacketMS struct{ P99 float64 } `json:"first_packet_ms"`
			}
			Leftovers struct{ After struct{ Goroutines int } }
			Capacity  []struct {
				Most int `json:"most_calls"`
				Rows []struct{ Turns int }
			}
			Network struct {
				Lost  int
				ToBot struct{ Corrected int } `json:"to_the_bot"`
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	j := got.Calls
	if j.Setup[0].FirstPacketMS.P99 != 14 || j.Leftovers.After.Goroutines != 72 || j.Capacity[0].Most != 90 || j.Capacity[0].Rows[0].Turns != 1234 ||
		j.Network.Lost != 3 || j.Network.ToBot.Corrected != 4 {
		t.Errorf("not what was measured: %s", data)
	}
	if (Calls{}).json() != nil {
		t.Error("no calls were measured, and yet they are in the report")
	}
}
