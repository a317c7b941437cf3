package trace

import (
	"html/template"
	"io"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// The picture's measures, in pixels.
const (
	pictureWidth = 1200
	labelWidth   = 160
	rowHeight    = 34
	barHeight    = 18
	axisHeight   = 28
)

type picture struct {
	Width, Height, Bottom int
	Label                 int
	Rows                  []row
	Bars                  []bar
	Ticks                 []tick
	Lost                  int
}

type row struct {
	Name string
	Y    int
}

type bar struct {
	X, W  float64
	Y, H  int
	Class string
	Title string
}

type tick struct {
	X    float64
	Text string
}

// WriteHTML writes one page with the timeline. It needs no other file.
func (t *Trace) WriteHTML(w io.Writer) error {
	entries, stages, lost := t.snapshot()
	p := picture{Width: pictureWidth, Label: labelWidth, Lost: lost, Bottom: axisHeight + rowHeight*len(stages)}
	p.Height = p.Bottom + 8
	rows := make(map[string]int)
	for i, s := range stages {
		rows[s] = axisHeight + rowHeight*i
		p.Rows = append(p.Rows, row{Name: s, Y: rows[s]})
	}
	first, last := span(entries)
	scale := float64(pictureWidth-labelWidth-20) / float64(max(last.Sub(first), time.Millisecond))
	x := func(at time.Time) float64 { return labelWidth + float64(at.Sub(first))*scale }
	for _, e := range entries {
		y := rows[e.stage] + (rowHeight-barHeight)/2
		if e.began.After(e.queued) && !e.queued.IsZero() {
			p.Bars = append(p.Bars, bar{X: x(e.queued), W: x(e.began) - x(e.queued), Y: y + barHeight/2 - 1, H: 2, Class: "wait"})
		}
		title := e.frame + ", " + millis(e.ended.Sub(e.began)) + " ms at " + millis(e.began.Sub(first)) + " ms"
		if o := e.outcome(); o != "" {
			title += ", " + o
		}
		p.Bars = append(p.Bars, bar{X: x(e.began), W: max(x(e.ended)-x(e.began), 1.5), Y: y, H: barHeight, Class: e.class(), Title: title})
	}
	for _, at := range ticks(last.Sub(first)) {
		p.Ticks = append(p.Ticks, tick{X: labelWidth + float64(at)*scale, Text: at.String()})
	}
	return page.Execute(w, p)
}

func (e *entry) class() string {
	switch {
	case e.err != "":
		return "error"
	case e.drop != pipeline.NotDropped:
		return "drop"
	}
	return e.lane.String()
}

// span is the time from the first to the last thing that happened.
func span(entries []entry) (first, last time.Time) {
	for i, e := range entries {
		began := e.began
		if !e.queued.IsZero() && e.queued.Before(began) {
			began = e.queued
		}
		if i == 0 || began.Before(first) {
			first = began
		}
		if i == 0 || e.ended.After(last) {
			last = e.ended
		}
	}
	return first, last
}

// ticks are five to twelve round times within a span.
func ticks(d time.Duration) (out []time.Duration) {
	step := time.Millisecond
	for _, factor := range []time.Duration{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000} {
		if d/step <= 12 {
			break
		}
		step = factor * time.Millisecond
	}
	for at := time.Duration(0); at <= d && len(out) < 100; at += step {
		out = append(out, at)
	}
	return out
}

var page = template.Must(template.New("trace").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Session</title><style>
body{font:14px system-ui,sans-serif;margin:24px;color:#1d2433;background:#fff}
svg{max-width:100%;height:auto}
text{font:12px system-ui,sans-serif;fill:#1d2433}
.grid{stroke:#e3e7ee}.wait{fill:#b8c0cf}
.signal{fill:#8a63d2}.media{fill:#7fb7be}.durable{fill:#2f6fde}.response{fill:#2c9c69}.drop{fill:#e0a030}.error{fill:#d03a3a}
li{display:inline-block;margin-right:18px}ul{padding:0}i{display:inline-block;width:12px;height:12px;margin-right:6px}
</style></head><body>
<ul><li><i style="background:#2f6fde"></i>durable</li><li><i style="background:#2c9c69"></i>response</li><li><i style="background:#8a63d2"></i>signal</li>
<li><i style="background:#7fb7be"></i>media</li><li><i style="background:#e0a030"></i>dropped</li><li><i style="background:#d03a3a"></i>error</li>
<li><i style="background:#b8c0cf;height:3px;vertical-align:middle"></i>waited</li></ul>
<svg viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="img" aria-label="timeline of a session">
{{range .Ticks}}<line class="grid" x1="{{.X}}" x2="{{.X}}" y1="20" y2="{{$.Bottom}}"/><text x="{{.X}}" y="14">{{.Text}}</text>
{{end}}{{range .Rows}}<line class="grid" x1="0" x2="{{$.Width}}" y1="{{.Y}}" y2="{{.Y}}"/><text x="4" y="{{.Y}}" dy="21">{{.Name}}</text>
{{end}}{{range .Bars}}<rect class="{{.Class}}" x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}">{{with .Title}}<title>{{.}}</title>{{end}}</rect>
{{end}}</svg>
{{if .Lost}}<p>{{.Lost}} more entries were not kept.</p>{{end}}
</body></html>
`))
