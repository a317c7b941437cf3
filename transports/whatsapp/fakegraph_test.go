package whatsapp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

// plain is a bot with a Graph API that agrees to everything and keeps what it was asked. It is for what the
// emulator, which knows all calls and checks everything, does not let happen.
type plain struct {
	t     *testing.T
	bot   *whatsapp.Bot
	url   string
	mu    sync.Mutex
	asked []string          // "action id"
	sdp   map[string]string // answers by call id
	// held, by action, is closed when a request came that is not to be answered.
	held map[string]chan struct{}
	// onConnect answers the requests that place calls.
	onConnect func(w http.ResponseWriter, sdp string)
	// onAnswer is called with each answer before the request is answered.
	onAnswer func(id, sdp string)
}

func newPlain(t *testing.T, change func(*whatsapp.Config)) *plain {
	t.Helper()
	p := &plain{t: t, sdp: map[string]string{}}
	graph := httptest.NewServer(http.HandlerFunc(p.serve))
	book := &logBook{}
	cfg := whatsapp.Config{AccessToken: "token", PhoneNumberID: "1", VerifyToken: "v", APIBaseURL: graph.URL, Logger: slog.New(book)}
	if change != nil {
		change(&cfg)
	}
	p.bot = whatsapp.New(cfg)
	e := echo.New()
	p.bot.Mount(e.Group(""))
	server := httptest.NewServer(e)
	p.url = server.URL
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		must(t, p.bot.Shutdown(ctx))
		server.Close()
		graph.Close()
		http.DefaultClient.CloseIdleConnections()
		if t.Failed() {
			t.Log(book.String())
		}
	})
	return p
}

func (p *plain) serve(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Action  string `json:"action"`
		CallID  string `json:"call_id"`
		Session struct{ SDP string }
	}
	b, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(b, &body)
	p.mu.Lock()
	p.asked = append(p.asked, body.Action+" "+body.CallID)
	if old := p.sdp[body.CallID]; old != "" && body.Session.SDP != "" && old != body.Session.SDP {
		p.t.Error("the accept has another answer than the pre-accept")
	}
	if body.Session.SDP != "" {
		p.sdp[body.CallID] = body.Session.SDP
	}
	onAnswer, onConnect, held := p.onAnswer, p.onConnect, p.held[body.Action]
	p.mu.Unlock()
	if held != nil {
		close(held)
		<-r.Context().Done() // until the bot gives up
		return
	}
	if onConnect != nil && body.Action == "connect" {
		onConnect(w, body.Session.SDP)
		return
	}
	if onAnswer != nil && body.Session.SDP != "" {
		onAnswer(body.CallID, body.Session.SDP)
	}
	fmt.Fprint(w, `{"success":true}`)
}

// connect posts the webhook of a call.
func (p *plain) connect(id, sdp string) {
	p.t.Helper()
	p.post(map[string]any{"id": id, "from": "15559990000", "event": "connect", "timestamp": time.Now().Unix(),
		"session": map[string]any{"sdp_type": "offer", "sdp": sdp}})
}

func (p *plain) post(call map[string]any) {
	p.t.Helper()
	b, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"changes": []any{map[string]any{"field": "calls", "value": map[string]any{"calls": []any{call}}}}}}})
	must(p.t, err)
	resp, err := http.Post(p.url+"/webhook", "application/json", bytes.NewReader(b))
	must(p.t, err)
	resp.Body.Close()
}

// requests are what was asked of the Graph API, without the call's id.
func (p *plain) requests() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, a := range p.asked {
		action, _, _ := strings.Cut(a, " ")
		all = append(all, action)
	}
	return strings.Join(all, " ")
}

// relay makes the far end of a call, which gets the answer as soon as Meta has it.
func (p *plain) relay(ids ...string) []*fakerelay.Relay {
	p.t.Helper()
	relays := map[string]*fakerelay.Relay{}
	var list []*fakerelay.Relay
	for _, id := range ids {
		r, err := fakerelay.New()
		must(p.t, err)
		p.t.Cleanup(func() { _ = r.Close() })
		relays[id] = r
		list = append(list, r)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onAnswer = func(id, sdp string) {
		if r := relays[id]; r != nil {
			_ = r.Answer(sdp) // fails if the test is over; else media does not come up, which is noticed
		}
	}
	return list
}
