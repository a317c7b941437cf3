package ort

import (
	"context"
	"errors"
	"fmt"
	"os"

	onnx "github.com/yalue/onnxruntime_go"
	"google.golang.org/protobuf/encoding/protowire"
)

// Convert writes the model src, in ONNX Runtime's own format, to dst in ONNX format.
//
// The runtime folds no constants in models of its own format: weights that are stored as bytes are then unpacked
// again in every run, which makes the decoder of Moonshine eight times slower.
func Convert(ctx context.Context, src, dst string) error {
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
	data, err := os.ReadFile(dst)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	named, err := nameGraphs(data)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrModel, dst, err)
	}
	return os.WriteFile(dst, named, 0o644)
}

// Field numbers of the ONNX format.
const (
	modelGraph     protowire.Number = 7 // ModelProto.graph
	graphNode      protowire.Number = 1 // GraphProto.node
	graphName      protowire.Number = 2 // GraphProto.name
	nodeAttribute  protowire.Number = 5 // NodeProto.attribute
	attributeGraph protowire.Number = 6 // AttributeProto.g
)

// nameGraphs gives every graph inside a model a name. The runtime writes the branches of If nodes without one, and
// then refuses to load them.
func nameGraphs(model []byte) ([]byte, error) {
	return rewrite(model, []protowire.Number{modelGraph}, func(graph []byte) ([]byte, error) {
		return nameGraph(graph)
	})
}

func nameGraph(graph []byte) ([]byte, error) {
	inner, err := rewrite(graph, []protowire.Number{graphNode, nodeAttribute, attributeGraph}, nameGraph)
	if err != nil {
		return nil, err
	}
	named, err := has(inner, graphName)
	if err != nil || named {
		return inner, err
	}
	inner = protowire.AppendTag(inner, graphName, protowire.BytesType)
	return protowire.AppendString(inner, "graph"), nil
}

// rewrite copies a message and replaces every message at the end of the given path of fields by what change makes
// of it.
func rewrite(message []byte, path []protowire.Number, change func([]byte) ([]byte, error)) ([]byte, error) {
	if len(path) == 0 {
		return change(message)
	}
	out := make([]byte, 0, len(message)+64)
	for len(message) > 0 {
		num, kind, head := protowire.ConsumeTag(message)
		if head < 0 {
			return nil, protowire.ParseError(head)
		}
		body := protowire.ConsumeFieldValue(num, kind, message[head:])
		if body < 0 {
			return nil, protowire.ParseError(body)
		}
		if num == path[0] && kind == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(message[head:])
			changed, err := rewrite(content, path[1:], change)
			if err != nil {
				return nil, err
			}
			out = append(out, message[:head]...)
			out = protowire.AppendBytes(out, changed)
		} else {
			out = append(out, message[:head+body]...)
		}
		message = message[head+body:]
	}
	return out, nil
}

// has reports whether a message has a field that is not empty.
func has(message []byte, field protowire.Number) (bool, error) {
	for len(message) > 0 {
		num, kind, head := protowire.ConsumeTag(message)
		if head < 0 {
			return false, protowire.ParseError(head)
		}
		body := protowire.ConsumeFieldValue(num, kind, message[head:])
		if body < 0 {
			return false, protowire.ParseError(body)
		}
		if num == field && body > 1 {
			return true, nil
		}
		message = message[head+body:]
	}
	return false, nil
}
