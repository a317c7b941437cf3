package whatsapp

import (
	"fmt"
	"testing"
)

// Every state and everything that can happen in it. What is not listed must change nothing.
func TestEdges(t *testing.T) {
	t.Parallel()
	want := map[State]map[happening]string{
		Offered:      {answerMade: "pre-accepting", stop: "ending, reject", gone: "ending"},
		PreAccepting: {preAccepted: "connecting", stop: "ending, reject", gone: "ending"},
		Connecting:   {connected: "accepting", stop: "ending, terminate", gone: "ending"},
		Accepting:    {confirmed: "active", stop: "ending, terminate", gone: "ending"},
		Preparing:    {offerMade: "placing", stop: "ending"},
		Placing:      {placed: "dialing", stop: "ending, terminate"},
		Dialing:      {answerCame: "ringing", pickedUp: "answered", declined: "ending", stop: "ending, terminate", gone: "ending"},
		Ringing:      {connected: "linked", pickedUp: "answered", declined: "ending", stop: "ending, terminate", gone: "ending"},
		Linked:       {pickedUp: "active", declined: "ending", stop: "ending, terminate", gone: "ending"},
		Answered:     {answerCame: "answered", connected: "active", stop: "ending, terminate", gone: "ending"},
		Active:       {stop: "ending, terminate", gone: "ending"},
		Ending:       {released: "ended"},
		Ended:        {},
	}
	byes := map[farewell]string{nothing: "", reject: ", reject", terminate: ", terminate"}
	for s := Offered; s <= Ended; s++ {
		for h := answerMade; h <= released; h++ {
			got := ""
			if e, ok := edges[s][h]; ok {
				got = e.to.String() + byes[e.bye]
			}
			if got != want[s][h] {
				t.Errorf("%v in %v: got %q, want %q", h, s, got, want[s][h])
			}
		}
	}
}

// From everywhere a call can be stopped, and then it ends: none can hang.
func TestEveryStateLeadsToTheEnd(t *testing.T) {
	t.Parallel()
	for s := Offered; s < Ending; s++ {
		for _, h := range []happening{stop, gone} {
			if h == gone && (s == Preparing || s == Placing) {
				continue // Meta cannot tell of a call whose id is not known
			}
			if e, ok := edges[s][h]; !ok || e.to != Ending {
				t.Errorf("%v in %v does not end the call", h, s)
			}
		}
	}
	if edges[Ending][released].to != Ended || len(edges[Ended]) != 0 {
		t.Error("the end is not the end")
	}
}

func TestStateNames(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(Offered, Connecting, Ended, State(0), State(99))
	if want := "offered connecting ended  unknown"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
