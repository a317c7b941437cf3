package pipeline

// Policy is what happens when a handler of a stage returns an error. A panic always ends the session, for nobody
// knows what state it left.
type Policy uint8

// The policies.
const (
	// EndSession ends the session with a StageError. It is the default outside of a Switch.
	EndSession Policy = iota + 1
	// SkipFrame tells the error as a Failure and goes on with the next frame. An error of category Misuse ends
	// the session all the same.
	SkipFrame
	// SwitchOver makes the innermost Switch around the stage turn to its next choice. It is the default within a
	// Switch.
	SwitchOver
)

// OnError sets the policy of a stage, or of all stages of a composition, that have not set their own.
func OnError(p Policy, s Stage) Stage { return &withPolicy{policy: p, stage: s} }

type withPolicy struct {
	policy Policy
	stage  Stage
}

// Wire is never called: New takes it apart.
func (p *withPolicy) Wire(*Wiring) {}

func (p *withPolicy) build(b *builder, in port) (port, string) {
	first := len(b.nodes)
	out, label := b.stage(p.stage, in)
	for _, n := range b.nodes[first:] {
		if n.policy == 0 {
			n.policy = p.policy
		}
	}
	return out, label
}
