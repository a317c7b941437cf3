package whatsapp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// TestEveryEdge takes every edge of the table, each in a test of its own name, with a call that is really made: a
// running actor, a Graph API that answers when it is told to, webhooks, and a connection that reports what the test wants.
// It walks the table itself, so an edge that is added is tested, too, or fails here for want of a way to provoke it.
func TestEveryEdge(t *testing.T) {
	t.Parallel()
	for from := Offered; from <= Ended; from++ {
		for what, e := range edges[from] {
			t.Run(fmt.Sprintf("%v, %v", from, what), func(t *testing.T) {
				t.Parallel()
				d := newDriver(t, from)
				way := wayTo(from)
				if from == Answered && what == connected {
					way = append(way, answerCame) // or there would be nothing to connect to
				}
				for _, h := range way {
					d.provoke(h)
				}
				if got := d.provoke(what); got != e.to {
					t.Fatalf("it led to %v, want %v; the way: %v", got, e.to, d.trace())
				}
				if e.to == Ending {
					d.checkEnd(e.bye)
				}
			})
		}
	}
}

// wayTo is the shortest way to a state, by what has to happen.
func wayTo(to State) []happening {
	type place struct {
		at  State
		way []happening
	}
	queue := []place{{at: Offered}, {at: Preparing}}
	for seen := map[State]bool{}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if p.at == to {
			return p.way
		}
		if seen[p.at] {
			continue
		}
		seen[p.at] = true
		for h := answerMade; h <= released; h++ {
			if e, ok := edges[p.at][h]; ok {
				queue = append(queue, place{e.to, append(slices.Clone(p.way), h)})
			}
		}
	}
	return nil
}

// driver makes one call go where a test wants it.
type driver struct {
	t      *testing.T
	bot    *Bot
	call   *Call
	answer map[string]chan struct{} // by action: closed to let the Graph API answer
	at     int                      // place of the call's state in states
	mu     sync.Mutex
	states []State
	byes   []string
	offer  string // of the bot, in a call of the business
}

const (
	edgeLimit = 20 * time.Second
	edgeID    = "wacid.edge"
	// publicOffer has a relay that is not there, at an address for documentation. The bot does not look for it on this
	// machine, but asks its STUN server for its own address first, which does not answer either: so there is some time until
	// the answer is made.
	publicOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE MID\r\na=ice-lite\r\n" +
		"m=audio 3484 UDP/TLS/RTP/SAVPF 111 126\r\nc=IN IP4 192.0.2.1\r\na=candidate:1 1 udp 2122260223 192.0.2.1 3484 typ host\r\n" +
		"a=ice-ufrag:AeinEGDfvqBctbtM\r\na=ice-pwd:F6/jjqL0/8/Dzluc0IoZEQ==\r\n" +
		"a=fingerprint:sha-256 A2:EC:E2:C4:E4:FE:75:63:39:0D:77:45:DF:70:64:BC:F9:96:73:DE:F4:92:E5:78:D0:5B:1F:8F:E7:46:D3:C6\r\n" +
		"a=setup:SETUP\r\na=mid:MID\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\n"
)

// newDriver begins a call of a user, or of the business if the state belongs to one.
func newDriver(t *testing.T, to State) *driver {
	t.Helper()
	d := &driver{t: t, answer: map[string]chan struct{}{
		"pre_accept": make(chan struct{}), "accept": make(chan struct{}), "connect": make(chan struct{})}}
	server := httptest.NewServer(http.HandlerFunc(d.graph))
	deaf, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	// The name is none of this machine's, so the bot takes Meta for far away.
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	d.bot = New(Config{
		AccessToken: "token", PhoneNumberID: "1", VerifyToken: "v", APIBaseURL: "http://graph.test/v25.0",
		Logger: slog.New(slog.DiscardHandler), GraphOptions: []graph.Option{graph.WithHTTPClient(&http.Client{Transport: transport})},
		ICEServers:     []webrtc.ICEServer{{URLs: []string{"stun:" + deaf.LocalAddr().String()}}},
		ConnectTimeout: time.Hour, RingTimeout: time.Hour, Observers: []Observer{ObserverFunc(d.observe)},
	})
	d.bot.OnCall(func(ctx context.Context, _ *Call) error { <-ctx.Done(); return nil })
	d.bot.start() // as Mount does
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), edgeLimit)
		defer cancel()
		d.release("pre_accept", "accept", "connect")
		if err := d.bot.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		transport.CloseIdleConnections()
		server.Close()
		_ = deaf.Close()
	})
	if to >= Preparing && to <= Answered {
		d.bot.wg.Go(func() { _, _ = d.bot.Call(context.Background(), webhook.User{Phone: "15559990000"}) }) // returns when Meta has taken it, or it ends
	} else {
		d.take(&webhook.Connect{CallID: edgeID, User: webhook.User{Phone: "15559990000"}, Time: time.Now(),
			Direction: webhook.UserInitiated, SDP: strings.NewReplacer("MID", "audio", "SETUP", "actpass").Replace(publicOffer)})
	}
	d.next(0)
	return d
}

// observe keeps the states that the call comes to, and the call.
func (d *driver) observe(e Event) {
	if e, ok := e.(CallChanged); ok {
		d.mu.Lock()
		d.call = e.Call
		d.states = append(d.states, e.State)
		d.mu.Unlock()
	}
}

// it is the call.
func (d *driver) it() *Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.call
}

func (d *driver) trace() []State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.states)
}

// next waits for the nth state and returns it.
func (d *driver) next(n int) State {
	d.t.Helper()
	for deadline := time.Now().Add(edgeLimit); ; time.Sleep(time.Millisecond) {
		if trace := d.trace(); len(trace) > n {
			return trace[n]
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("nothing happened; the way: %v", d.trace())
		}
	}
}

// graph is the Graph API. Farewells are answered at once, the rest when the test says so.
func (d *driver) graph(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Action  string
		Session struct{ SDP string }
	}
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &body)
	if wait := d.answer[body.Action]; wait != nil {
		d.mu.Lock()
		d.offer = body.Session.SDP
		d.mu.Unlock()
		select {
		case <-wait:
		case <-r.Context().Done(): // the bot gave up
			return
		}
	} else {
		d.mu.Lock()
		d.byes = append(d.byes, body.Action)
		d.mu.Unlock()
	}
	fmt.Fprintf(w, `{"success":true,"calls":[{"id":%q}]}`, edgeID)
}

// release lets the Graph API answer from now on.
func (d *driver) release(actions ...string) {
	for _, a := range actions {
		select {
		case <-d.answer[a]:
		default:
			close(d.answer[a])
		}
	}
}

func (d *driver) take(e webhook.Event) {
	d.t.Helper()
	if n, err := d.bot.dispatch(webhook.Batch{Events: []webhook.Event{e}}); n != 1 || err != nil {
		d.t.Fatalf("the bot does not take a %T: %v", e, err)
	}
}

// provoke lets something happen, and returns the state that it leads to.
func (d *driver) provoke(h happening) State {
	d.t.Helper()
	status := func(s string) { d.take(&webhook.Status{ID: edgeID, Status: s, Call: true}) }
	switch h {
	case answerMade, offerMade, released: // by themselves
	case preAccepted:
		d.release("pre_accept")
	case confirmed:
		d.release("accept")
	case placed:
		d.release("connect")
	case connected:
		d.it().media.state(rtc.Connected)
	case answerCame:
		d.mu.Lock()
		mid := regexp.MustCompile(`a=mid:(\S+)`).FindStringSubmatch(d.offer)
		d.mu.Unlock()
		if mid == nil {
			d.t.Fatalf("the bot's offer has no mid: %q", d.offer)
		}
		d.take(&webhook.Connect{CallID: edgeID, Direction: webhook.BusinessInitiated,
			SDP: strings.NewReplacer("MID", mid[1], "SETUP", "passive").Replace(publicOffer)})
	case pickedUp:
		status("ACCEPTED")
	case declined:
		status("REJECTED")
	case stop:
		d.it().post(event{what: stop, reason: ErrBotHungUp})
	case gone:
		d.take(&webhook.Terminate{CallID: edgeID})
	default:
		d.t.Fatalf("there is no way to provoke %q: add one", h)
	}
	d.at++
	return d.next(d.at)
}

// checkEnd waits for the end and looks at what Meta was told of it.
func (d *driver) checkEnd(bye farewell) {
	d.t.Helper()
	d.release("connect") // a call that was asked for may be taken only now
	call := d.it()
	select {
	case <-call.done:
	case <-time.After(edgeLimit):
		d.t.Fatal("the call does not end")
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), edgeLimit)
	defer cancel()
	if err := d.bot.Shutdown(ctx); err != nil {
		d.t.Errorf("shutdown: %v", err)
	}
	want := map[farewell]string{nothing: "", reject: "reject", terminate: "terminate"}[bye]
	if got := strings.Join(d.byes, " "); got != want {
		d.t.Errorf("Meta was told %q, want %q", got, want)
	}
	if call.State() != Ended || len(d.bot.Calls()) != 0 {
		d.t.Errorf("the call is %v, and the bot has %d calls", call.State(), len(d.bot.Calls()))
	}
}
