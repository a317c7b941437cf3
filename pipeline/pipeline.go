package pipeline

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Pipeline is a list of stages, ready to run once. Build one for every session.
type Pipeline struct {
	nodes   []*node
	head    []edge
	label   string
	problem error
	opts    options
	started atomic.Bool
}

// New builds a pipeline of stages, in the order in which frames pass them, and checks its wiring. A mistake in
// it is reported by Check, Run and Start.
func New(stages ...Stage) *Pipeline {
	p := &Pipeline{opts: options{
		start: DefaultStartTimeout,
		drain: DefaultDrainTimeout,
		stop:  DefaultStopTimeout,
		log:   slog.Default(),
	}}
	b := &builder{names: make(map[string]int)}
	_, p.label = b.list(stages, port{taps: []tap{{}}})
	p.problem = b.finish()
	p.nodes, p.head = b.nodes, b.head
	return p
}

// With sets options and returns the pipeline.
func (p *Pipeline) With(opts ...Option) *Pipeline {
	for _, o := range opts {
		o(&p.opts)
	}
	return p
}

// Check reports what is wrong with the wiring, if anything: errors.Is(err, ErrWiring).
func (p *Pipeline) Check() error { return p.problem }

// String prints the stages, such as "whatsapp-in -> vad(silero) -> (stt(moonshine) | recorder) -> turn".
func (p *Pipeline) String() string { return p.label }

// Run starts a session and blocks until it has ended. It returns nil after an End; otherwise the error says
// what ended it: the fault of a stage (StageError) or the cause of ctx.
func (p *Pipeline) Run(ctx context.Context) error {
	s, err := p.Start(ctx)
	if err != nil {
		return err
	}
	return s.Wait()
}

// Start starts a session and returns when all stages have started. If one fails or is too slow, those that had
// started are stopped again.
func (p *Pipeline) Start(ctx context.Context) (*Session, error) {
	if p.problem != nil {
		return nil, p.problem
	}
	if p.started.Swap(true) {
		return nil, ErrReused
	}
	s := newSession(ctx, p)
	if err := s.start(); err != nil {
		return nil, err
	}
	return s, nil
}
