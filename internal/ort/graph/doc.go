// Package graph reads, changes and writes models in ONNX format, as far as it takes to make a model faster: nodes,
// weights, inputs and outputs. Everything else in a file is kept out of the result.
//
// The format is a protobuf message; its field numbers are those of onnx.proto3.
package graph
