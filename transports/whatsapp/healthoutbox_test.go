package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A number of which Meta takes no messages for a while is told, with the time until which, and who waits.
func TestHealthTellsThatMetaWantsNoMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.MorePhoneNumberIDs = []string{"600800"} })
	r.bot.OnMessage(writes(echoModel()))
	r.meta.Inject(whatsapptest.RateLimited(5*time.Hour).On("messages", "text").Repeat(-1))
	r.write(ada, "one")
	r.await(func(h whatsapp.Health) bool { return hasIssue(h, "Meta wants no messages") })
	h := r.health()
	issue := strings.Join(h.Issues, "\n")
	if h.Status != "degraded" || h.Counts["messages_limited"] != 1 || h.Counts["outbox_waiting"] != 1 || !strings.Contains(issue, "1 answer waits") ||
		!strings.Contains(issue, " UTC") || !strings.Contains(issue, r.meta.PhoneNumberID()) || strings.Contains(issue, "600800") {
		t.Errorf("health: %s, %v, %v", h.Status, h.Issues, h.Counts)
	}
	if !strings.Contains(r.log.String(), "Meta takes no messages of this number for now") {
		t.Error("the log does not tell it")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.bot.Shutdown(over); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An answer of which nobody knows whether it arrived is counted.
func TestAnswersOfUnknownFateAreCounted(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatsapptest.Fault{
		"no JSON": {Status: 502, Body: "<html>"}, "a reset": {Reset: true}, "no answer at all": {Status: 200, Body: "{}"},
	} {
		r := newRig(t, nil)
		r.bot.OnMessage(writes(echoModel()))
		r.meta.Inject(fault.On("messages", "text"))
		r.write(ada, "one")
		r.await(func(h whatsapp.Health) bool { return h.Counts["messages_uncertain"] > 0 })
		r.write(ada, "two")
		if got := r.reply(ada); got != "You said: two" {
			t.Errorf("%s: got %q", name, got)
		}
		if h := r.health(); h.Counts["messages_uncertain"] != 1 || h.Counts["messages_limited"] != 0 {
			t.Errorf("%s: %v", name, h.Counts)
		}
	}
}
