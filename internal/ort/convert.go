package ort

import (
	"context"
	"errors"
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"
)

// SaveONNX writes the model src, in ONNX Runtime's own format, to dst in ONNX format, unchanged otherwise. The
// branches of If nodes come out without the name that the runtime demands when it loads them.
func SaveONNX(ctx context.Context, src, dst string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	opts, err := options()
	if err != nil {
		return err
	}
	defer func() { _ = opts.Destroy() }() // never fails
	err = errors.Join(
		opts.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelDisableAll),
		opts.AddSessionConfigEntry("session.save_model_format", "ONNX"),
		opts.SetOptimizedModelFilePath(dst))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	// Loading with these options is what writes dst. Asking for the inputs loads and lets go of the model.
	if _, _, err := onnx.GetInputOutputInfoWithOptions(src, opts); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrModel, src, err)
	}
	return nil
}
