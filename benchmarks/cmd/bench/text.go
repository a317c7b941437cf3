package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/benchmarks/text"
)

const (
	textID   = "text"
	textWhat = "Text messages on one core: how soon webhooks are answered, from a webhook to the answer, what idle users weigh."
)

// measureText measures text messages, if that was asked for, and prints it.
func measureText(ctx context.Context, w io.Writer, wanted func(id string) bool, profiles bool, out string) (report.Text, error) {
	if !wanted(textID) {
		return report.Text{}, nil
	}
	size := text.Full
	if profiles {
		size.Profiles = out
	}
	t, err := text.Measure(ctx, size)
	if err != nil {
		err = fmt.Errorf("text: %w", err)
	}
	return t, errors.Join(err, report.WriteTextTables(w, t))
}
