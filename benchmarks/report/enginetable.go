package report

import (
	"fmt"
	"io"
	"time"
)

// WriteEngineTables writes what the bare engine costs as tables for people, and which targets it meets.
func WriteEngineTables(w io.Writer, e Engine) error {
	us := func(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/1e3) }
	return writeTables(w, []table{
		{"bare engine on one core: 20 ms audio frames through stages that pass them on, microseconds",
			"stages\tone in flight p50\tp99\tby hop\tstreaming, by frame\tby hop\tframes/s\tInterrupt p50\tp99\tto flushed p50\tp99",
			func(row func(...any)) {
				for _, c := range e.Costs {
					hops := time.Duration(max(1, c.Hops))
					row(c.Stages, us(c.PerFrame.P50), us(c.PerFrame.P99), us(c.PerFrame.P50/hops), us(c.BurstPerFrame), us(c.BurstPerFrame/hops),
						fmt.Sprintf("%.0f", perSecond(c.BurstPerFrame)), us(c.Interrupt.P50), us(c.Interrupt.P99), us(c.Flushed.P50), us(c.Flushed.P99))
				}
			}},
		{"idle sessions of seven stages in one process; a few of them get frames",
			"sessions\tgoroutines each\tKB each\tstarts/s\tstops/s\tµs by frame\tby hop",
			func(row func(...any)) {
				for _, c := range e.Crowds {
					row(c.Sessions, fmt.Sprintf("%.1f", c.Goroutines), fmt.Sprintf("%.1f", float64(c.Bytes)/1024),
						fmt.Sprintf("%.0f", perSecond(c.Start)), fmt.Sprintf("%.0f", perSecond(c.Stop)), us(c.PerFrame), us(c.PerFrame/time.Duration(max(1, c.Hops))))
				}
			}},
		{"sessions that all talk at once, in real time: audio both ways, five turns a second",
			"sessions\tcores used\taudio late by p50 µs\tp99\tmax\tdropped",
			func(row func(...any)) {
				for _, b := range e.Busy {
					row(b.Sessions, fmt.Sprintf("%.2f", b.CPU), us(b.Late.P50), us(b.Late.P99), us(b.Late.Max), b.Dropped)
				}
			}},
		targetTable(e.Targets),
	})
}
