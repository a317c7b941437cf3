// Package ort runs models with ONNX Runtime.
//
// There is one runtime for each process. It is loaded when the first Session is opened, from the library that the
// package models has fetched. When that fails, the error says what to do, and the next Open tries again.
//
// A Session is a loaded model. It may be used by many goroutines at once; it runs on the thread of its caller and
// starts none of its own. So a program decides by its number of goroutines how many cores a model may take.
//
//	s, err := ort.Open(models.Silero, models.SileroModel, []string{"input", "state", "sr"}, []string{"output", "stateN"})
//	x, err := ort.Tensor(samples, 1, 576)
//	defer ort.Free(x)
//
// The memory of a tensor is a Go slice. It must be a slice of its own, not an array inside a struct that also holds
// Go pointers: C code is handed its address.
package ort
