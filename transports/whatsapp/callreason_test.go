package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

func TestReasonClass(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reason   error
		want     string
		expected bool
	}{
		{nil, "", true},
		{ErrUserHungUp, "user_hung_up", true},
		{fmt.Errorf("%w: the limit is 1m", ErrTooLong), "too_long", true},
		{fmt.Errorf("%w: %w", ErrHandler, ErrConfig), "handler_failed", false},
		{ErrNotConnected, "not_connected", false},
		{fmt.Errorf("%w: %w", ErrNotPlaced, ErrBusy), "busy", true},
		{fmt.Errorf("%w: %w", ErrNotPlaced, &graph.Error{HTTPStatus: 400, Code: 138006, JSON: true}), "no_permission", true},
		{fmt.Errorf("%w: %w", ErrNotPlaced, &graph.Error{HTTPStatus: 400, Code: 138013, JSON: true}), "not_placed", false},
		{ErrNoAnswer, "no_answer", true},
		{&graph.Error{HTTPStatus: 401, Code: 190}, "graph_unauthorized", false},
		{&graph.Error{HTTPStatus: 429}, "graph_rate_limited", false},
		{&graph.Error{HTTPStatus: 400, Code: 100, JSON: true}, "graph_refused", false},
		{&graph.Error{HTTPStatus: 502}, "graph_server_error", false},
		{context.Canceled, "graph_cancelled", false},
		{errors.New("+15559990000"), "other", false},
	} {
		if got := ReasonClass(tc.reason); got != tc.want || Expected(tc.reason) != tc.expected {
			t.Errorf("%v: %q, expected %v", tc.reason, got, Expected(tc.reason))
		}
	}
}
