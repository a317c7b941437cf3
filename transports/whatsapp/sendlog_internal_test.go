package whatsapp

import (
	"fmt"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// A report that overtakes the answer to its message's request is not lost, and what is remembered is bounded.
func TestSentLog(t *testing.T) {
	t.Parallel()
	var l sentLog
	turn := sentMessage{sentTurn: &sentTurn{text: "x"}}
	if _, ok := l.find(webhook.Status{ID: "early", Status: "failed"}); ok {
		t.Error("a message is known that was not sent")
	}
	if report, failed := l.add("early", turn); !failed || report.ID != "early" {
		t.Errorf("the early report is lost: %+v", report)
	}
	if _, failed := l.add("early", turn); failed {
		t.Error("it is told twice")
	}
	for i := range maxSent + 10 {
		if _, failed := l.add(fmt.Sprint(i), turn); failed {
			t.Fatalf("message %d has failed", i)
		}
	}
	if n := len(l.sent); n > maxSent {
		t.Errorf("%d messages are remembered", n)
	}
	_, oldest := l.find(webhook.Status{ID: "0"})
	if newest, _ := l.find(webhook.Status{ID: fmt.Sprint(maxSent + 9)}); oldest || newest != turn {
		t.Error("not the oldest messages are forgotten")
	}
	for i := range maxReports + 10 {
		l.find(webhook.Status{ID: fmt.Sprint("unknown ", i)})
	}
	if n := len(l.early); n > maxReports {
		t.Errorf("%d reports are kept", n)
	}
}
