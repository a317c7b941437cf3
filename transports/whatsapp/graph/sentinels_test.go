package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// Every refusal of a call has a name of its own, and says what to do.
func TestReasonsOfCalls(t *testing.T) {
	t.Parallel()
	reasons := map[int]error{
		138000: graph.ErrCallingDisabled, 138001: graph.ErrUncallable, 138002: graph.ErrTooManyCalls, 138003: graph.ErrAlreadyInCall,
		138005: graph.ErrCallRate, 138006: graph.ErrNoCallPermission, 138009: graph.ErrPermissionLimit, 138012: graph.ErrCallLimit,
		138013: graph.ErrCallCountry, 138014: graph.ErrCallsPaused, 138017: graph.ErrPermissionExists, 131055: graph.ErrSIP,
	}
	for code := range reasons {
		e := fmt.Errorf("call: %w", &graph.Error{HTTPStatus: 429, Code: code, JSON: true})
		for other, reason := range reasons {
			if errors.Is(e, reason) != (code == other) {
				t.Errorf("%d counts as %v", code, reason)
			}
		}
		var refused *graph.Error
		if !errors.As(e, &refused) || refused.Advice() == "" {
			t.Errorf("%d: no advice", code)
		}
	}
	if errors.Is(&graph.Error{Code: 100}, graph.ErrCallLimit) {
		t.Error("100 is a limit")
	}
	for _, code := range []int{138002, 138005, 138012} {
		if (&graph.Error{HTTPStatus: 429, Code: code, JSON: true}).Retryable() {
			t.Errorf("%d is tried again at once", code)
		}
	}
}

func TestNextTime(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 9, 28, 10, 30, 0, 0, time.UTC)
	for _, words := range []string{
		"again at 2026-09-28T10:30:00Z.", "again at 2026-09-28T12:30:00+02:00", "again at 2026-09-28T10:30:00+0000",
		"again at 2026-09-28 10:30:00", fmt.Sprint("again at ", want.Unix()),
	} {
		for name, e := range map[string]*graph.Error{"details": {Details: words, Message: "limit 2020"}, "message": {Message: words, Details: "limit"}} {
			if at, ok := e.NextTime(); !ok || !at.Equal(want) {
				t.Errorf("%s %q: %v, %v", name, words, at, ok)
			}
		}
	}
	for _, words := range []string{"", "tomorrow", "call 15559990000 again", "2026-99-99T99:99:99Z"} {
		if at, ok := (&graph.Error{Details: words}).NextTime(); ok {
			t.Errorf("%q: %v", words, at)
		}
	}
}

func TestAskLimit(t *testing.T) {
	t.Parallel()
	if err := (graph.CallPermission{CanAsk: true}).AskLimit(); err != nil {
		t.Error(err)
	}
	if err := (graph.CallPermission{Status: graph.PermanentPermission}).AskLimit(); !errors.Is(err, graph.ErrPermissionExists) {
		t.Error(err)
	}
	if err := (graph.CallPermission{}).AskLimit(); !errors.Is(err, graph.ErrPermissionLimit) {
		t.Error(err)
	}
	err := graph.CallPermission{NextAsk: time.Unix(1790600000, 0)}.AskLimit()
	if !errors.Is(err, graph.ErrPermissionLimit) || !strings.Contains(err.Error(), "2026-09-28T") {
		t.Error(err)
	}
}
