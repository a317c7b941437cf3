package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
)

// The labels of the goroutines that call a stage's handlers and hooks. What these start inherits them, and so do
// processor profiles: go tool pprof -tagfocus stage=llm shows what one stage costs.
const (
	sessionLabel = "session"
	stageLabel   = "stage"
)

// labelled returns a context with a stage's labels, for runtime/pprof.SetGoroutineLabels.
func labelled(ctx context.Context, session, stage string) context.Context {
	return pprof.WithLabels(ctx, pprof.Labels(sessionLabel, session, stageLabel, stage))
}

// stacks returns the stacks of all goroutines that work for a stage. It is slow: it is for reports.
func (r *runner) stacks() string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return ""
	}
	session, stage := fmt.Sprintf("%q:%q", sessionLabel, r.session.label), fmt.Sprintf("%q:%q", stageLabel, r.wiring.name)
	var mine []string
	for one := range strings.SplitSeq(all.String(), "\n\n") {
		_, labels, _ := strings.Cut(one, "\n# labels: ")
		labels, stack, _ := strings.Cut(labels, "\n")
		if strings.Contains(labels, session) && strings.Contains(labels, stage) {
			mine = append(mine, stack)
		}
	}
	return strings.Join(mine, "\n\n")
}
