package ort

import "errors"

var (
	// ErrRuntime reports that the ONNX Runtime library could not be loaded.
	ErrRuntime = errors.New("ort: ONNX Runtime could not be started")
	// ErrModel reports a model that could not be loaded.
	ErrModel = errors.New("ort: model could not be loaded")
	// ErrRun reports that a model failed while it ran.
	ErrRun = errors.New("ort: model failed")
	// ErrTensor reports a tensor of an unexpected type or shape.
	ErrTensor = errors.New("ort: unexpected tensor")
)
