package whatsapp

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the rules of text messages promise of a bot that is told no more than it must be.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := Config{AccessToken: "token", PhoneNumberID: "1"}.withDefaults()
	got := map[string]any{
		"mode": c.Mode, "reset command": c.resetCommand(), "refusal period": c.RefusalPeriod, "refusal": c.Texts.NotAllowed,
		"pause of a burst": c.Debounce, "longest burst": c.DebounceLimit, "supersede": c.Supersede, "reasoning": c.SendReasoning,
		"voice notes": c.VoiceNotes, "heartbeat": c.Heartbeat.Period, "texts in calls": c.TextInCall,
		"throughput": c.Throughput, "pause of a pair": c.PairPause,
	}
	want := map[string]any{
		"mode": Task, "reset command": "/reset", "refusal period": time.Hour, "refusal": "This operation not allowed",
		"pause of a burst": 300 * time.Millisecond, "longest burst": time.Second, "supersede": false, "reasoning": false,
		"voice notes": VoiceNever, "heartbeat": time.Duration(0), "texts in calls": false,
		"throughput": 80.0, "pause of a pair": 6 * time.Second,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
