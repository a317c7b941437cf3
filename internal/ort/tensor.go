package ort

import (
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"
)

// Value is an input or output of a model. Who made it, or received it from Run, frees it with Free.
type Value = onnx.Value

// Number is the type of a tensor's elements.
type Number = onnx.TensorData

// Tensor makes a value of a slice and a shape. The slice is not copied: it is what the model reads, or writes to.
func Tensor[T Number](data []T, shape ...int64) (Value, error) {
	t, err := onnx.NewTensor(onnx.NewShape(shape...), data)
	if err != nil {
		return nil, fmt.Errorf("%w: %v of %d elements: %w", ErrTensor, shape, len(data), err)
	}
	return t, nil
}

// Data returns the elements of a tensor. They are valid until it is freed.
func Data[T Number](v Value) ([]T, error) {
	t, ok := v.(*onnx.Tensor[T])
	if !ok {
		return nil, fmt.Errorf("%w: have %T, want elements of type %T", ErrTensor, v, *new(T))
	}
	return t.GetData(), nil
}

// Shape returns the dimensions of a tensor.
func Shape(v Value) []int64 { return v.GetShape() }

// Free frees values; nil ones are passed over.
func Free(values ...Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy() // never fails for tensors
		}
	}
}
