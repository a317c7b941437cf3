package report

import (
	"fmt"
	"io"
	"time"
)

// WriteCallTables writes what calls take and cost as tables for people, and which targets they meet.
func WriteCallTables(w io.Writer, c Calls) error {
	share := func(n, of uint64) string { return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(max(1, of))) }
	mega := func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }
	var tables []table
	if len(c.Setups) > 0 {
		tables = append(tables, table{"how calls begin, from the phone's ring, milliseconds; the Graph API answers at once",
			"calls\tat once\tanswer p50\tp90\tp99\tpre-accept p50\tp90\tp99\taccept p50\tp90\tp99\tfirst packet p50\tp90\tp99",
			func(row func(...any)) {
				for _, s := range c.Setups {
					cells := []any{s.Calls, s.Together}
					for _, st := range []Stat{s.Webhook, s.PreAccept, s.Accept, s.FirstPacket} {
						cells = append(cells, ms(st.P50), ms(st.P90), ms(st.P99))
					}
					row(cells...)
				}
			}})
	}
	if l := c.Left; l.Calls > 0 {
		tables = append(tables, table{fmt.Sprintf("what %d calls that came and went leave in the bot's process", l.Calls),
			"\tgoroutines\tfiles\tUDP ports\theap MB\tresident MB",
			func(row func(...any)) {
				for _, u := range []struct {
					name string
					use  ProcessUse
				}{{"before", l.Before}, {"after", l.After}} {
					row(u.name, u.use.Goroutines, u.use.Files, u.use.Ports, fmt.Sprintf("%.2f", float64(u.use.Heap)/1e6), mega(u.use.Resident))
				}
			}})
	}
	for _, k := range c.Capacity {
		tables = append(tables, table{fmt.Sprintf("calls at once on one core, bot %q: %d", k.Kind, k.Most),
			"calls\tlate by p50 ms\tp99\tmax\tpackets/s, slowest\tlost\tbot's CPU %\t% a call\tothers there %\tcallers' CPU %\tturns\tspeech %\tMB",
			func(row func(...any)) {
				for _, l := range k.Loads {
					percent := func(f float64) string { return fmt.Sprintf("%.1f", 100*f) }
					row(l.Calls, ms(l.Late.P50), ms(l.Late.P99), ms(l.Late.Max), fmt.Sprintf("%.1f", l.SlowestRate), l.Lost, percent(l.CPU),
						fmt.Sprintf("%.2f", 100*l.CPU/float64(max(1, l.Calls))), percent(l.OthersCPU), percent(l.CallersCPU), l.Turns, percent(l.Speech), mega(l.Resident))
				}
			}})
	}
	if n := c.Network; n.Calls > 0 {
		tables = append(tables, table{fmt.Sprintf("%d calls for %v over a network that loses %.0f %% and delays by up to %v, both ways: %d answered, %d lost, %d turns",
			n.Calls, n.For.Round(time.Second), 100*n.Loss, n.Jitter, n.Answered, n.Over, n.Turns),
			"\tpackets\tmissing\tof them corrected\tconcealed\tfilled in by the clock, of the time",
			func(row func(...any)) {
				for _, d := range []struct {
					name string
					gaps AudioGaps
				}{{"to the bot", n.ToBot}, {"to the users", n.ToUsers}} {
					g := d.gaps
					row(d.name, g.Packets+g.Lost, share(g.Lost, g.Packets+g.Lost), share(g.Corrected, g.Lost), share(g.Concealed, g.Lost),
						share(uint64(g.Filled), uint64(n.For)*uint64(n.Calls)))
				}
			}})
	}
	return writeTables(w, append(tables, targetTable(c.Targets)))
}
