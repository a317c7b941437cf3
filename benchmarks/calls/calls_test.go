package calls

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// voice is a second of something like a vowel.
func voice() audio.PCM {
	pcm := audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 16000)}
	for i := range pcm.Samples {
		v := 0.0
		for h := 1.0; h < 9; h++ {
			v += math.Sin(2*math.Pi*130*h*float64(i)/16000) / h
		}
		pcm.Samples[i] = int16(5000 * v)
	}
	return pcm
}

// measured runs a measurement and prints it.
func measured(t *testing.T, size Size) report.Calls {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	c, err := Measure(ctx, size, voice())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.WriteCallTables(&text, c); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	return c
}

// met fails the test for targets about something that were missed. Those about time and load depend on the machine.
func met(t *testing.T, c report.Calls, about string) {
	t.Helper()
	found := false
	for _, target := range c.Targets {
		if strings.Contains(target.What, about) {
			found = true
			if !target.Met {
				t.Errorf("%s: %s, want %s", target.What, target.Got, target.Want)
			}
		}
	}
	if !found {
		t.Errorf("there is no target about %q", about)
	}
}

// The short form of what "bench -only calls" measures.
func TestMeasure(t *testing.T) {
	c := measured(t, Size{
		Setups: 4, Together: []int{1, 2}, Cycles: 10,
		Kinds: []Kind{Media, Modelled}, Step: 2, MostCalls: 4, LoadFor: 3 * time.Second,
	})
	met(t, c, "leave behind")
	for _, s := range c.Setups {
		if s.Webhook.P50 <= 0 || s.PreAccept.P50 <= 0 || s.Accept.P50 <= s.PreAccept.P50 || s.FirstPacket.P50 <= s.Accept.P50 {
			t.Errorf("set-up: %+v", s)
		}
	}
	if len(c.Setups) != 2 || len(c.Capacity) != 2 || c.Left.Before.Goroutines == 0 || c.Left.Before.Heap == 0 {
		t.Errorf("measured: %+v", c)
	}
	for _, k := range c.Capacity {
		for _, l := range k.Loads {
			if l.Late.P50 <= 0 || l.SlowestRate <= 0 || l.CPU <= 0 || l.Over != 0 || k.Kind == string(Media) && l.Speech < 0.1 {
				t.Errorf("%s: %+v", k.Kind, l)
			}
		}
	}
}

// Calls over a bad network for half a minute: all are answered, none is lost, and the conversations go on.
func TestBadNetwork(t *testing.T) {
	size := Size{Network: 8, NetworkFor: 30 * time.Second}
	if testing.Short() {
		size.NetworkFor = 8 * time.Second
	}
	c := measured(t, size)
	met(t, c, "answered")
	met(t, c, "lost")
	n := c.Network
	if n.Violations != 0 {
		t.Errorf("%d rules were broken", n.Violations)
	}
	for name, g := range map[string]report.AudioGaps{"to the bot": n.ToBot, "to the users": n.ToUsers} {
		if g.Corrected == 0 || g.Concealed == 0 || g.Lost != g.Corrected+g.Concealed {
			t.Errorf("%s: %+v", name, g)
		}
	}
}

func TestLateness(t *testing.T) {
	at := func(ms ...int) (packets []whatsapptest.Packet) {
		for i, n := range ms {
			packets = append(packets, whatsapptest.Packet{At: time.Duration(n) * time.Millisecond, Sequence: uint16(65534 + i)})
		}
		return packets
	}
	got := lateness(at(105, 120, 170, 170, 180))
	want := []time.Duration{5, 0, 30, 10, 0}
	for i := range want {
		if got[i] != want[i]*time.Millisecond {
			t.Errorf("packet %d is late by %v, want %v ms", i, got[i], want[i])
		}
	}
	if n := len(between(at(100, 120, 140, 160), 120*time.Millisecond, 160*time.Millisecond)); n != 2 {
		t.Errorf("%d packets between, want 2", n)
	}
}

// A core that is too slow for the calls is noticed.
func TestServed(t *testing.T) {
	good := report.CallLoad{Late: report.Stat{P99: 10 * time.Millisecond}, SlowestRate: 50}
	for name, change := range map[string]func(*report.CallLoad){
		"late": func(l *report.CallLoad) { l.Late.P99 = LateLimit }, "slow": func(l *report.CallLoad) { l.SlowestRate = 48 },
		"lost": func(l *report.CallLoad) { l.Lost = 1 }, "over": func(l *report.CallLoad) { l.Over = 1 },
	} {
		if l := good; !served(l) {
			t.Error("a good load is not served")
		} else if change(&l); served(l) {
			t.Errorf("%s: counts as served", name)
		}
	}
}

func TestTargetsThatAreMissed(t *testing.T) {
	c := report.Calls{
		Setups:   []report.CallSetup{{Calls: 1, Together: 1, Webhook: report.Stat{P99: time.Second}, FirstPacket: report.Stat{P99: time.Second}}},
		Left:     report.CallLeftovers{Calls: 2, After: report.ProcessUse{Goroutines: 40, Files: 20, Ports: 1, Heap: 1 << 20}},
		Capacity: []report.CallCapacity{{Kind: "media", Most: 1}, {Kind: "modelled", Most: 1}},
		Network:  report.CallNetwork{Calls: 2, Answered: 1, Over: 1},
	}
	for _, target := range Targets(c) {
		if target.Met {
			t.Errorf("%s: %s passes, want %s", target.What, target.Got, target.Want)
		}
	}
	if n := len(Targets(report.Calls{})); n != 0 {
		t.Errorf("%d targets of nothing", n)
	}
}
