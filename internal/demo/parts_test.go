package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAgreement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want, got string
		share     float64
	}{
		{"", "anything", 1},
		{"Hello, World!", "hello world", 1},
		{"hello world", "", 0},
		{"one two three four", "one three four five", 0.75},
		{"one two", "two one", 0.5},
		{"It's 6:00", "it's 6 00", 1},
	}
	for _, test := range tests {
		if got := agreement(test.want, test.got); got != test.share {
			t.Errorf("%q in %q: %v, want %v", test.want, test.got, got, test.share)
		}
	}
}

func TestDiary(t *testing.T) {
	t.Parallel()
	d := newDiary()
	var seen []string
	lines := `{"event":"heard","text":"a","final":true}` + "\n\nnot JSON\n" + `{"text":"no name"}` + "\n" + `{"event":"said","text":"b","extra":[1]}`
	d.read(strings.NewReader(lines), func(e botEvent) { seen = append(seen, e.Event) })
	if diff := cmp.Diff([]string{"heard", "said"}, seen); diff != "" {
		t.Error(diff)
	}
	if err := d.trouble(); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("trouble: %v", err)
	}
	said := func(e botEvent) bool { return e.Event == "said" }
	if e, err := d.wait(context.Background(), 0, "x", said); err != nil || e.Text != "b" {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := d.wait(context.Background(), d.mark(), "what it said", said); !errors.Is(err, ErrBot) || !strings.Contains(err.Error(), "ended and did not tell what it said") {
		t.Errorf("after the end: %v", err)
	}
	open := newDiary()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := open.wait(ctx, 0, "x", said); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v", err)
	}
	long := newDiary()
	long.read(strings.NewReader(strings.Repeat("x", 2<<20)), nil)
	if long.trouble() == nil {
		t.Error("a line of 2 MB is no trouble")
	}
}

func FuzzBotEvent(f *testing.F) {
	f.Add([]byte(`{"event":"latency","turn":1,"stages":{"vad_stop":200.5}}`))
	f.Add([]byte(`{"event":7}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if e, err := parseBotEvent(line); err == nil && e.Event == "" {
			t.Fatal("an event without a name")
		}
	})
}

func TestTail(t *testing.T) {
	t.Parallel()
	log := &tail{}
	if got := log.lines(); len(got) != 1 || got[0] != "(it printed nothing)" {
		t.Errorf("%q", got)
	}
	for i := range 1000 {
		fmt.Fprintf(log, "line %d\n", i)
	}
	got := log.lines()
	if got[len(got)-1] != "line 999" || len(got) > maxTail/8 {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

func TestScreen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := newScreen(&out)
	s.row(green, "bot", "%s", strings.Repeat("word ", 30))
	s.begin(time.Now())
	s.row(red, "FAILED", "short")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("%q", lines)
	}
	for _, line := range lines {
		if len(line) > 100 || strings.Index(line, strings.TrimSpace(line[20:])) != 22 {
			t.Errorf("not in its column: %q", line)
		}
	}
	if !strings.HasPrefix(lines[2], "   0.0 s  FAILED ") {
		t.Errorf("%q", lines[2])
	}
	if got := stageText(map[string]float64{"vad_stop": 209.4, "transcript": 180, "other": 300}); got != "text 180 > end of speech 209 > other 300" {
		t.Error(got)
	}
	s.colour = true
	if got := s.paint(red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("%q", got)
	}
}
