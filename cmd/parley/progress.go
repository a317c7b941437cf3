package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/parley-voice/parley/internal/models"
)

// progress shows what setup does: bars on a terminal, and elsewhere one line for each thing that begins or is done.
// It is used by one goroutine.
type progress struct {
	w     io.Writer
	bars  bool
	bar   *progressbar.ProgressBar
	at    models.Event // what is shown
	began time.Time    // when the work on the present package began
}

// newProgress decides by the writer whether there is a terminal to draw bars on.
func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, bars: ok && term.IsTerminal(int(f.Fd()))}
}

// event takes one piece of news from the installer.
func (p *progress) event(e models.Event) {
	if e.Package != p.at.Package {
		p.began = time.Now()
	}
	begins := e.Step != p.at.Step || e.Package != p.at.Package
	p.at = e
	switch {
	case e.Step == models.Waiting:
		p.close()
		fmt.Fprintln(p.w, "  Another setup is at work; waiting for it to finish.")
	case e.Step == models.Ready:
		p.close()
		fmt.Fprintf(p.w, "  %-40s ready, %.1f s\n", e.Package, time.Since(p.began).Seconds())
	case p.bars:
		if begins {
			p.close()
			p.bar = newBar(p.w, e)
		}
		_ = p.bar.Set64(min(e.Done, e.Total)) // a picture that cannot be drawn is no failure of the setup
	case begins:
		fmt.Fprintf(p.w, "  %-40s %s, %s\n", e.Package, e.Step, amount(e))
	}
}

// close takes the present bar off the screen.
func (p *progress) close() {
	if p.bar != nil {
		fmt.Fprint(p.w, "\r\x1b[2K") // to the line's begin, and erase it
		p.bar = nil
	}
}

func newBar(w io.Writer, e models.Event) *progressbar.ProgressBar {
	return progressbar.NewOptions64(e.Total,
		progressbar.OptionSetDescription(fmt.Sprintf("%s: %s, %s", e.Package, e.Step, amount(e))),
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(10), // the whole line fits 80 columns
		progressbar.OptionThrottle(80*time.Millisecond),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionUseANSICodes(true),
	)
}

// amount prints how much there is to do in a step.
func amount(e models.Event) string {
	if e.Step == models.Converting {
		return plural(int(e.Total), "file")
	}
	return megabytes(e.Total)
}
