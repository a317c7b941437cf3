package demo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// The colours of a terminal.
const (
	plain  = ""
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	blue   = "\x1b[34m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

// screen prints the demo in aligned columns: time, who, what. It may be used concurrently.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
	width  int
	start  time.Time // of the call; zero outside
}

// newScreen uses colours only on a terminal whose user has not asked for none.
func newScreen(w io.Writer) *screen {
	s := &screen{w: w, width: 100}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width >= 60 {
			s.width = min(width, 120)
		}
	}
	return s
}

// paint colours a text.
func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == plain || text == "" {
		return text
	}
	return colour + text + reset
}

// title prints a heading.
func (s *screen) title(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.w, "\n%s\n\n", s.paint(bold, text))
}

// begin starts the clock of the call.
func (s *screen) begin(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = at
}

const (
	clockWidth = 8
	whoWidth   = 10
)

// row prints one line: the time of the call, who, and a text that is wrapped to the column.
func (s *screen) row(colour, who, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clock := ""
	if !s.start.IsZero() {
		clock = fmt.Sprintf("%6.1f s", time.Since(s.start).Seconds())
	}
	indent := strings.Repeat(" ", clockWidth+2+whoWidth+2)
	lines := wrap(fmt.Sprintf(format, args...), s.width-len(indent))
	for i, text := range lines {
		lead := indent
		if i == 0 {
			lead = s.paint(dim, fmt.Sprintf("%*s", clockWidth, clock)) + "  " + s.paint(colour, fmt.Sprintf("%-*s", whoWidth, who)) + "  "
		}
		fmt.Fprintln(s.w, lead+s.paint(textColour(colour), text))
	}
}

// textColour is how the text beside a name is shown: failures and small print as their name, all else plainly.
func textColour(colour string) string {
	if colour == red || colour == dim {
		return colour
	}
	return plain
}

// wrap breaks a text at spaces.
func wrap(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		switch {
		case current == "":
			current = word
		case len([]rune(current))+1+len([]rune(word)) <= width:
			current += " " + word
		default:
			lines = append(lines, current)
			current = word
		}
	}
	return append(lines, current)
}

// stageLabels are what the stages of a turn are called on the screen.
var stageLabels = map[string]string{
	"vad_stop": "end of speech", "transcript": "text", "user_turn": "turn", "first_token": "first token",
	"first_clause": "first clause", "first_audio": "speech", "first_packet": "packet",
}

// stageText prints the stages of a turn with the time at which each was reached, in that order.
func stageText(stages map[string]float64) string {
	names := slices.SortedFunc(maps.Keys(stages), func(a, b string) int {
		return cmp.Or(cmp.Compare(stages[a], stages[b]), cmp.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %.0f", cmp.Or(stageLabels[name], name), stages[name])
	}
	return strings.Join(parts, " > ")
}
