// Package trace records one session of a pipeline and draws it: as text for a log, and as one HTML page with an SVG
// timeline, a row for each stage, which opens in any browser without a network.
//
//	var t trace.Trace
//	err := pipeline.New(stages...).With(pipeline.WithObserver(&t)).Run(ctx)
//	t.WriteText(os.Stderr)
package trace
