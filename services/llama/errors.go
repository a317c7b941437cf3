package llama

import "errors"

var (
	// ErrPlatform means that there is no library for this operating system or processor, or that the program was
	// built without cgo.
	ErrPlatform = errors.New("llama: local models need Linux on x86-64 or arm64 and a build with cgo")
	// ErrNotHosted means that main did not call ServeIfChild.
	ErrNotHosted = errors.New("llama: main must call llama.ServeIfChild before anything else")
	// ErrModel means that a model file cannot be used.
	ErrModel = errors.New("llama: the model cannot be used")
	// ErrStart means that the model's process did not come up.
	ErrStart = errors.New("llama: the model's process did not start")
)
