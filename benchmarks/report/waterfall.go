package report

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ErrNoTurns reports a picture of nothing.
var ErrNoTurns = errors.New("report: no turn was measured, so there is nothing to draw")

// palette has a colour for each span: muted, and told apart by the colour-blind (after Paul Tol's "light" scheme).
var palette = []color.Color{
	color.RGBA{R: 0xDD, G: 0xDD, B: 0xDD, A: 0xFF},
	color.RGBA{R: 0x77, G: 0xAA, B: 0xDD, A: 0xFF},
	color.RGBA{R: 0xEE, G: 0xDD, B: 0x88, A: 0xFF},
	color.RGBA{R: 0xFF, G: 0xAA, B: 0xBB, A: 0xFF},
	color.RGBA{R: 0x44, G: 0xBB, B: 0x99, A: 0xFF},
	color.RGBA{R: 0xEE, G: 0x88, B: 0x66, A: 0xFF},
	color.RGBA{R: 0x99, G: 0xDD, B: 0xFF, A: 0xFF},
	color.RGBA{R: 0xBB, G: 0xCC, B: 0x33, A: 0xFF},
}

const (
	rowHeight  = 46 // points
	barHeight  = 22
	pageWidth  = 800
	marginRows = 2.6 // title, legend and axis, in rows
)

// WriteWaterfall draws the median turn of every scenario, cut into its spans, and writes the picture to each of the
// paths; the file name's extension, such as .svg or .png, tells the format.
func WriteWaterfall(title string, scenarios []Scenario, paths ...string) error {
	p, height, err := waterfall(title, scenarios)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := p.Save(pageWidth, height, path); err != nil {
			return fmt.Errorf("report: drawing %s: %w", path, err)
		}
	}
	return nil
}

func waterfall(title string, scenarios []Scenario) (*plot.Plot, font.Length, error) {
	var rows []Scenario
	for _, s := range scenarios {
		if len(s.Turns) > 0 {
			rows = append(rows, s)
		}
	}
	if len(rows) == 0 {
		return nil, 0, ErrNoTurns
	}
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text = "milliseconds since the caller's last word (the median turn of each scenario)"
	p.X.Min = 0
	p.X.Tick.Marker = hundreds{}
	p.Y.Label.Text = " " // some room at the edge
	p.Y.Tick.Width = 0
	for _, style := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label,
		&p.Legend.TextStyle} {
		style.Font.Variant = "Sans"
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Width = 0
	grid.Vertical.Color = color.Gray{Y: 0xE8}
	p.Add(grid)
	p.Legend.Top = true
	p.Legend.Left = false
	p.Legend.XOffs = -4
	p.Legend.ThumbnailWidth = 10
	p.Legend.Padding = 1

	colours := map[string]color.Color{}
	names := make([]string, len(rows)) // from the bottom up
	totals := plotter.XYLabels{}
	var longest float64
	for i, s := range rows {
		y := len(rows) - 1 - i
		names[y] = s.Name
		var below *plotter.BarChart
		var x float64
		for _, span := range s.Median().Spans {
			values := make(plotter.Values, len(rows))
			values[y] = Milliseconds(span.Took)
			x += values[y]
			bar, err := plotter.NewBarChart(values, barHeight)
			if err != nil {
				return nil, 0, fmt.Errorf("report: %w", err)
			}
			bar.Horizontal = true
			bar.LineStyle.Width = 0
			if below != nil {
				bar.StackOn(below)
			}
			below = bar
			if _, ok := colours[span.Name]; !ok {
				colours[span.Name] = palette[len(colours)%len(palette)]
				p.Legend.Add(span.Name, swatch{colours[span.Name]})
			}
			bar.Color = colours[span.Name]
			p.Add(bar)
		}
		totals.XYs = append(totals.XYs, plotter.XY{X: x, Y: float64(y)})
		totals.Labels = append(totals.Labels, fmt.Sprintf("  %s ms", ms(s.Median().Total())))
		longest = max(longest, x)
	}
	labels, err := plotter.NewLabels(totals)
	if err != nil {
		return nil, 0, fmt.Errorf("report: %w", err)
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].YAlign = draw.YCenter
		labels.TextStyle[i].Font.Variant = "Sans"
	}
	p.Add(labels)
	p.NominalY(names...)
	p.X.Max = longest * 1.45 // room for the totals and the legend
	p.Y.Min, p.Y.Max = -0.6, float64(len(rows))-0.4
	return p, vg.Length(rowHeight) * vg.Length(float64(len(rows))+marginRows), nil
}

// swatch is a legend's patch of colour.
type swatch struct{ color.Color }

// Thumbnail fills the canvas.
func (s swatch) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(s.Color, []vg.Point{
		{X: c.Min.X, Y: c.Min.Y}, {X: c.Min.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Min.Y}})
}

// hundreds marks every 100 ms.
type hundreds struct{}

// Ticks returns the marks between two values.
func (hundreds) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for v := math.Ceil(low/100) * 100; v <= high; v += 100 {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
	}
	return ticks
}
