package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// health asks for the health page, which answers 200 whatever it says.
func (r *rig) health() (h whatsapp.Health) {
	r.t.Helper()
	resp, err := http.Get(r.url + "/health")
	must(r.t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.t.Errorf("the health page answers %d", resp.StatusCode)
	}
	must(r.t, json.NewDecoder(resp.Body).Decode(&h))
	return h
}

func hasIssue(h whatsapp.Health, words string) bool {
	return strings.Contains(strings.Join(h.Issues, "\n"), words)
}

func TestOverloadedBotRefusesCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.MaxLateness = 60 * time.Millisecond })
	r.bot.OnCall(beep)
	r.bot.Late(200*time.Millisecond, 1000)
	if h := r.health(); !h.Load.Overloaded || h.Load.LatenessMS != 200 || h.Load.LimitMS != 60 || h.Status != "degraded" || !hasIssue(h, "overloaded") {
		t.Errorf("health: %+v", h)
	}
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	r.ended(call)
	_, err = r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool {
		return e.Kind == whatsapptest.EventGraph && strings.HasPrefix(e.Detail, "POST calls")
	})
	must(t, err)
	if got := strings.Join(r.actions(), " "); got != "reject" {
		t.Errorf("requests: %s", got)
	}
	if log := r.log.String(); !strings.Contains(log, whatsapp.ErrOverloaded.Error()) || !strings.Contains(log, "lateness_ms=200") {
		t.Error("the log does not say why the call was refused")
	}
}

func TestWithoutALimitNoCallIsRefusedForLoad(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.MaxLateness = -1 })
	r.bot.OnCall(beep)
	r.bot.Late(200*time.Millisecond, 1000)
	must(t, r.answered(ada).HangUp(r.ctx()))
	if h := r.health(); h.Load.LimitMS != -1 || h.Status != "active" {
		t.Errorf("health: %+v", h)
	}
}

func TestHealthTellsThatMetaIsGoneAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.GraphOptions = []graph.Option{graph.WithRetry(1, time.Second), graph.WithFirstPause(time.Millisecond)}
	})
	ask := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return r.bot.Graph().Reject(ctx, "wacid.1")
	}
	r.meta.Inject(whatsapptest.Unavailable().Repeat(3))
	for i := range 3 {
		if h := r.health(); h.Status != "active" || h.Graph.FailuresInARow != i {
			t.Errorf("after %d failures: %+v", i, h)
		}
		if ask() == nil {
			t.Fatal("it worked")
		}
	}
	h := r.health()
	if h.Status != "degraded" || !hasIssue(h, "3 requests in a row") || h.Graph.LastError != graph.OutcomeServerError ||
		h.Graph.LastErrorOp != "reject call" || h.Graph.LastErrorAt == nil || time.Since(*h.Graph.LastErrorAt) > limit {
		t.Errorf("health: %+v", h)
	}
	var refused *graph.Error
	if err := ask(); !errors.As(err, &refused) { // Meta does not know the call: that is an answer
		t.Fatal(err)
	}
	if h := r.health(); h.Status != "active" || h.Graph.FailuresInARow != 0 || h.Graph.LastError != graph.OutcomeRefused {
		t.Errorf("health: %+v", h)
	}
}
