package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

const placedID = "wacid.out="

// outgoing is a plain Graph API for one call of the bot, of which a test decides each step.
type outgoing struct {
	*plain
	relay *fakerelay.Relay
	offer chan string // the bot's, when it asks for the call
	call  chan *whatsapp.Call
	err   chan error
	why   chan error // of the handler's context
}

// newOutgoing places a call. The request is answered with its id, unless answer says otherwise.
func newOutgoing(t *testing.T, change func(*whatsapp.Config), answer func(*outgoing, http.ResponseWriter)) *outgoing {
	t.Helper()
	o := &outgoing{
		plain: newPlain(t, change), offer: make(chan string, 1), call: make(chan *whatsapp.Call, 1), err: make(chan error, 1), why: make(chan error, 1),
	}
	o.onConnect = func(w http.ResponseWriter, sdp string) {
		o.offer <- sdp
		if answer != nil {
			answer(o, w)
			return
		}
		fmt.Fprintf(w, `{"messaging_product":"whatsapp","calls":[{"id":%q}]}`, placedID)
	}
	o.bot.OnCall(hold(o.why))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	go func() { // ends when the bot has placed the call, or with ctx
		c, err := o.bot.Call(ctx, toAda)
		if err != nil {
			o.err <- err
			return
		}
		o.call <- c
	}()
	return o
}

// answered posts Meta's answer: that of a relay that works, or of one that never hears.
func (o *outgoing) answered(deaf bool) {
	o.t.Helper()
	var err error
	o.relay, err = fakerelay.NewAnswering(await(o.t, o.offer), false)
	must(o.t, err)
	o.t.Cleanup(func() { _ = o.relay.Close() })
	sdp := o.relay.Offer()
	if deaf {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(o.t, err)
		o.t.Cleanup(func() { _ = conn.Close() })
		sdp = elsewhere(sdp, conn.LocalAddr().(*net.UDPAddr).Port)
	}
	o.answerIs(sdp)
}

func (o *outgoing) answerIs(sdp string) {
	o.t.Helper()
	o.post(map[string]any{"id": placedID, "to": ada.WaID, "event": "connect", "direction": "BUSINESS_INITIATED",
		"session": map[string]any{"sdp_type": "answer", "sdp": sdp}})
}

// status posts how the call goes.
func (o *outgoing) status(status string) {
	o.t.Helper()
	b, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"changes": []any{map[string]any{"field": "calls", "value": map[string]any{"statuses": []any{map[string]any{
			"id": placedID, "type": "call", "status": status, "recipient_id": ada.WaID}}}}}}}})
	must(o.t, err)
	resp, err := http.Post(o.url+"/webhook", "application/json", strings.NewReader(string(b)))
	must(o.t, err)
	resp.Body.Close()
}

// until waits for a state of the bot's only call.
func (o *outgoing) until(want whatsapp.State) {
	o.t.Helper()
	for deadline := time.Now().Add(limit); ; <-time.After(time.Millisecond) {
		for _, c := range o.bot.Calls() {
			if c.State() == want {
				return
			}
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("there is no call that is %v", want)
		}
	}
}

// outgoingStages are the states from which a call of the bot can be ended, with how a test gets there.
var outgoingStages = map[whatsapp.State]func(o *outgoing){
	whatsapp.Dialing: func(*outgoing) {},
	whatsapp.Ringing: func(o *outgoing) { o.answered(true) },
	whatsapp.Linked:  func(o *outgoing) { o.answered(false) },
	whatsapp.Answered: func(o *outgoing) {
		o.status("ACCEPTED")
		o.until(whatsapp.Answered)
		o.answered(true)
	},
	whatsapp.Active: func(o *outgoing) {
		o.answered(false)
		o.until(whatsapp.Linked)
		o.status("ACCEPTED")
	},
}

// Whatever ends a call of the bot, in whatever state, all of it ends within 2 s, and Meta is told only if it does not know.
func TestCallOfTheBotEndsInEveryState(t *testing.T) {
	t.Parallel()
	gone := func(o *outgoing, _ *whatsapp.Call) {
		o.post(map[string]any{"id": placedID, "event": "terminate", "status": "COMPLETED"})
	}
	for state, reach := range outgoingStages {
		for name, tt := range map[string]struct {
			act   func(o *outgoing, c *whatsapp.Call)
			want  error
			asked string
		}{
			"gone":     {gone, whatsapp.ErrNoAnswer, "connect"},
			"declined": {func(o *outgoing, _ *whatsapp.Call) { o.status("REJECTED") }, whatsapp.ErrDeclined, "connect"},
			"stop":     {func(o *outgoing, c *whatsapp.Call) { must(o.t, c.Terminate(o.t.Context())) }, whatsapp.ErrBotHungUp, "connect terminate"},
		} {
			picked := state == whatsapp.Answered || state == whatsapp.Active
			if name == "declined" && picked {
				continue // see TestWhatChangesNothing
			}
			if name == "gone" && picked {
				tt.want = whatsapp.ErrUserHungUp
			}
			t.Run(fmt.Sprintf("%s in %v", name, state), func(t *testing.T) {
				t.Parallel()
				o := newOutgoing(t, nil, nil)
				c := await(t, o.call)
				reach(o)
				o.until(state)
				begin := time.Now()
				tt.act(o, c)
				await(t, c.Ended())
				if d := time.Since(begin); d > 2*time.Second {
					t.Errorf("freed after %v", d)
				}
				if !errors.Is(c.Reason(), tt.want) {
					t.Errorf("reason %v, want %v", c.Reason(), tt.want)
				}
				must(t, o.bot.Shutdown(t.Context()))
				if got := o.requests(); got != tt.asked {
					t.Errorf("requests: %q, want %q", got, tt.asked)
				}
			})
		}
	}
}

// What comes too late or twice changes nothing.
func TestWhatChangesNothing(t *testing.T) {
	t.Parallel()
	o := newOutgoing(t, nil, nil)
	c := await(t, o.call)
	o.answered(false)
	o.until(whatsapp.Linked)
	o.status("RINGING")
	o.status("RINGING")
	await(t, c.Rings())
	o.status("whatever")
	o.answerIs("v=0")
	o.until(whatsapp.Linked)
	o.status("ACCEPTED")
	await(t, c.Accepted())
	for _, s := range []string{"RINGING", "ACCEPTED", "REJECTED"} {
		o.status(s)
	}
	o.answerIs("v=0")
	// An end of another call, and one for another phone number, are not this call's.
	o.post(map[string]any{"id": "wacid.other=", "event": "terminate"})
	if c.State() != whatsapp.Active {
		t.Errorf("the call is %v: %v", c.State(), c.Reason())
	}
	o.post(map[string]any{"id": placedID, "event": "terminate", "status": "COMPLETED", "start_time": "1790000000"})
	await(t, c.Ended())
}

// The bot gives a call up while it prepares: Meta never hears of it.
func TestStopInPreparing(t *testing.T) {
	t.Parallel()
	hole, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer hole.Close()
	o := newOutgoing(t, func(c *whatsapp.Config) { // a server that does not answer makes preparing take a while
		c.ICEServers = []webrtc.ICEServer{{URLs: []string{"stun:" + hole.LocalAddr().String()}}}
	}, nil)
	o.until(whatsapp.Preparing)
	must(t, o.bot.TerminateAll(t.Context()))
	if err := await(t, o.err); !errors.Is(err, whatsapp.ErrBotHungUp) {
		t.Errorf("got %v", err)
	}
	if got := o.requests(); got != "" {
		t.Errorf("requests: %q", got)
	}
}

// The bot gives a call up while Meta is being asked for it. Meta takes it, so it is ended there, too.
func TestStopInPlacing(t *testing.T) {
	t.Parallel()
	taken := make(chan struct{})
	o := newOutgoing(t, nil, func(o *outgoing, w http.ResponseWriter) {
		<-taken
		fmt.Fprintf(w, `{"calls":[{"id":%q}]}`, placedID)
	})
	await(t, o.offer)
	o.until(whatsapp.Placing)
	ended := make(chan error, 1)
	go func() { ended <- o.bot.TerminateAll(t.Context()) }() // ends with the call
	if err := await(t, o.err); !errors.Is(err, whatsapp.ErrBotHungUp) {
		t.Errorf("got %v", err)
	}
	close(taken)
	must(t, await(t, ended))
	if got := o.requests(); got != "connect terminate" {
		t.Errorf("requests: %q", got)
	}
	select {
	case <-o.why:
		t.Error("the handler ran")
	default:
	}
}

// Whoever waits for a call to be taken may stop waiting.
func TestCallerGivesUpInPlacing(t *testing.T) {
	t.Parallel()
	p := newPlain(t, nil)
	asked, taken := make(chan struct{}), make(chan struct{})
	p.onConnect = func(w http.ResponseWriter, _ string) {
		close(asked)
		<-taken
		fmt.Fprintf(w, `{"calls":[{"id":%q}]}`, placedID)
	}
	p.bot.OnCall(hold(make(chan error, 1)))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { // ends when the context does
		_, err := p.bot.Call(ctx, toAda)
		result <- err
	}()
	await(t, asked)
	cancel()
	if err := await(t, result); !errors.Is(err, context.Canceled) || !errors.Is(err, whatsapp.ErrNotPlaced) {
		t.Errorf("got %v", err)
	}
	close(taken)
	must(t, p.bot.Shutdown(t.Context()))
	if got := p.requests(); got != "connect terminate" {
		t.Errorf("requests: %q", got)
	}
}

// Meta takes a call, but its answer to the request is lost: the webhooks tell the call's id, and the call goes on.
func TestAnswerToTheRequestIsLost(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"the webhook is earlier": true, "the webhook is later": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lost := make(chan struct{})
			o := newOutgoing(t, nil, func(o *outgoing, w http.ResponseWriter) {
				if early {
					o.status("RINGING")
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					conn.Close()
				}
				close(lost)
			})
			await(t, lost)
			if !early {
				o.status("RINGING")
			}
			c := await(t, o.call)
			if c.ID() != placedID {
				t.Errorf("the call is %q", c.ID())
			}
			await(t, c.Rings())
			o.answered(false)
			o.until(whatsapp.Linked)
			o.status("ACCEPTED")
			await(t, c.Accepted())
			must(t, c.Terminate(t.Context()))
			must(t, o.bot.Shutdown(t.Context()))
			if got := o.requests(); got != "connect terminate" {
				t.Errorf("requests: %q", got)
			}
		})
	}
}

// Meta's end of a call may even be there before its answer to the request.
func TestEndBeforeTheAnswerToTheRequest(t *testing.T) {
	t.Parallel()
	o := newOutgoing(t, nil, func(o *outgoing, w http.ResponseWriter) {
		o.status("REJECTED")
		o.post(map[string]any{"id": placedID, "event": "terminate", "status": "COMPLETED", "direction": "BUSINESS_INITIATED"})
		fmt.Fprintf(w, `{"calls":[{"id":%q}]}`, placedID)
	})
	c := await(t, o.call)
	await(t, c.Ended())
	if !errors.Is(c.Reason(), whatsapp.ErrDeclined) {
		t.Errorf("reason %v", c.Reason())
	}
	must(t, o.bot.Shutdown(t.Context()))
	if got := o.requests(); got != "connect" {
		t.Errorf("requests: %q", got)
	}
}

// Meta's answer is of no use, or never comes, or leads nowhere: the call ends, with the reason, and so at Meta.
func TestAnswersThatDoNotConnect(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		act  func(o *outgoing)
		want error
		says string
	}{
		"no SDP":           {func(o *outgoing) { o.answerIs("hello") }, nil, "not SDP"},
		"an offer":         {func(o *outgoing) { o.answerIs(strings.ReplaceAll(await(o.t, o.offer), "a=x", "")) }, nil, "actpass"},
		"it never comes":   {func(*outgoing) {}, whatsapp.ErrNoAnswer, ""},
		"a deaf relay":     {func(o *outgoing) { o.answered(true) }, whatsapp.ErrNotConnected, ""},
		"after the pickup": {func(o *outgoing) { o.status("ACCEPTED") }, whatsapp.ErrNotConnected, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutgoing(t, func(c *whatsapp.Config) { c.ConnectTimeout, c.RingTimeout = 300*time.Millisecond, 600*time.Millisecond }, nil)
			c := await(t, o.call)
			tt.act(o)
			await(t, c.Ended())
			if tt.want != nil && !errors.Is(c.Reason(), tt.want) || !strings.Contains(c.Reason().Error(), tt.says) {
				t.Errorf("reason %v", c.Reason())
			}
			must(t, o.bot.Shutdown(t.Context()))
			if got := o.requests(); got != "connect terminate" {
				t.Errorf("requests: %q", got)
			}
		})
	}
}
