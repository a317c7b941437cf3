package pipeline

// StageStats counts what happened at one stage of a session.
type StageStats struct {
	Stage string
	// Handled and Passed count frames that were handled and that passed by; Signals those that were handled.
	Handled, Passed, Signals uint64
	// MediaDropped counts live input that was dropped because the stage stood still.
	MediaDropped uint64
	// ResponseDropped counts parts of responses that were interrupted.
	ResponseDropped uint64
	// Queued is how many frames wait for the stage now.
	Queued int
}

// Stats returns the counters of all stages, in their order.
func (s *Session) Stats() []StageStats {
	out := make([]StageStats, len(s.stages))
	for i, r := range s.stages {
		out[i] = StageStats{
			Stage:           r.wiring.name,
			Handled:         r.handled.Load(),
			Passed:          r.passed.Load(),
			Signals:         r.signals.Load(),
			MediaDropped:    r.in.mediaDropped.Load(),
			ResponseDropped: r.responsesDropped.Load(),
			Queued:          len(r.in.ch),
		}
	}
	return out
}
