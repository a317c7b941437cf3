package ort

import (
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/parley-voice/parley/internal/models"
)

// Session is a loaded model. Run may be called by several goroutines at once; Close may not be called while Run is
// at work.
type Session struct {
	name  string
	inner *onnx.DynamicAdvancedSession
}

// Open loads a model that was fetched, with the given inputs and outputs in the order in which Run takes them.
func Open(set models.Set, file string, inputs, outputs []string) (*Session, error) {
	path, err := models.File(set, file)
	if err != nil {
		return nil, err
	}
	return OpenFile(path, inputs, outputs)
}

// OpenFile loads a model from any file.
func OpenFile(path string, inputs, outputs []string) (*Session, error) {
	if err := Start(); err != nil {
		return nil, err
	}
	opts, err := options()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opts.Destroy() }() // never fails
	inner, err := onnx.NewDynamicAdvancedSession(path, inputs, outputs, opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, path, err)
	}
	return &Session{name: path, inner: inner}, nil
}

// OpenData loads a model from memory. Errors call it by name. The data is not needed any more when OpenData returns.
func OpenData(name string, data []byte, inputs, outputs []string) (*Session, error) {
	if err := Start(); err != nil {
		return nil, err
	}
	opts, err := options()
	if err != nil {
		return nil, err
	}
	defer func() { _ = opts.Destroy() }() // never fails
	inner, err := onnx.NewDynamicAdvancedSessionWithONNXData(data, inputs, outputs, opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	return &Session{name: name, inner: inner}, nil
}

// options are those of all sessions: the caller's thread does the work. Pools of threads that spin while they wait
// make each other several times slower as soon as there are more of them than cores.
func options() (*onnx.SessionOptions, error) {
	if err := Start(); err != nil {
		return nil, err
	}
	o, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	for _, set := range []func() error{
		func() error { return o.SetIntraOpNumThreads(1) },
		func() error { return o.SetInterOpNumThreads(1) },
		func() error { return o.AddSessionConfigEntry("session.intra_op.allow_spinning", "0") },
		func() error { return o.AddSessionConfigEntry("session.inter_op.allow_spinning", "0") },
	} {
		if err := set(); err != nil {
			_ = o.Destroy()
			return nil, fmt.Errorf("%w: %w", ErrRuntime, err)
		}
	}
	return o, nil
}

// Run runs the model. An output that is nil is allocated: the caller must Free it. An output that is given must have
// the shape that the model will produce; its memory is written to without a copy.
func (s *Session) Run(inputs, outputs []Value) error {
	if err := s.inner.Run(inputs, outputs); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrRun, s.name, err)
	}
	return nil
}

// Close frees the model.
func (s *Session) Close() error { return s.inner.Destroy() }
