package ort

import (
	"fmt"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/parley-voice/parley/internal/models"
)

// starting guards the start of the runtime, of which there can be only one in a process.
var starting sync.Mutex

// Start loads the runtime unless it is loaded. Open does so by itself; a program calls Start to learn early whether
// the library is there and fits the machine.
func Start() error {
	starting.Lock()
	defer starting.Unlock()
	if onnx.IsInitialized() {
		return nil
	}
	path, err := models.File(models.ONNXRuntime, models.RuntimeLibrary)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	onnx.SetSharedLibraryPath(path) // absolute, for dlopen would search for it otherwise
	if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
		return fmt.Errorf("%w: %w (the library %s needs glibc 2.28 or newer)", ErrRuntime, err, path)
	}
	return nil
}

// Version returns the version of the runtime, such as "1.31.1", or nothing before it was started.
func Version() string {
	if !onnx.IsInitialized() {
		return ""
	}
	return onnx.GetVersion()
}
