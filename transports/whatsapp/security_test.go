package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/prom"
	"github.com/parley-voice/parley/transports/whatsapp/tracing"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// texts is a notification with texts of as many users.
func notification(n int, at time.Time) map[string]any {
	var messages []any
	for i := range n {
		messages = append(messages, map[string]any{"id": fmt.Sprintf("wamid.%d.%d", at.Unix(), i), "from": fmt.Sprintf("1555%07d", i), "type": "text",
			"timestamp": fmt.Sprint(at.Unix()), "text": map[string]any{"body": "hi"}})
	}
	return map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": []any{
		map[string]any{"field": "messages", "value": map[string]any{"messages": messages}}}}}}
}

// post sends a notification, signed, and returns the status in the answer.
func (r *rig) post(body any, opts ...whatsapptest.PostOption) (int, string) {
	r.t.Helper()
	raw, err := json.Marshal(body)
	must(r.t, err)
	reply, err := r.meta.Post(r.ctx(), raw, opts...)
	must(r.t, err)
	return reply.Status, string(reply.Body)
}

// A signed webhook that is older than Meta repeats any was recorded and is replayed.
func TestOldMessagesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	for name, tc := range map[string]struct {
		age  time.Duration
		want string
	}{
		"new":                         {0, "processing"},
		"repeated for almost 7 days":  {7*24*time.Hour - time.Minute, "processing"},
		"8 days old":                  {8 * 24 * time.Hour, "ignored"},
		"10 years old":                {10 * 365 * 24 * time.Hour, "ignored"},
		"from the future, by a clock": {-time.Hour, "processing"},
	} {
		if code, body := r.post(notification(1, time.Now().Add(-tc.age))); code != 200 || !strings.Contains(body, tc.want) {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if !strings.Contains(r.log.String(), "older than Meta repeats") {
		t.Error("the log does not say why a message is ignored")
	}
}

func TestANotificationHasAtMostAThousandEvents(t *testing.T) {
	t.Parallel()
	w := newWitness()
	r := newRig(t, func(c *whatsapp.Config) { c.Observers = []whatsapp.Observer{w} })
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	if code, body := r.post(notification(1200, time.Now())); code != 200 || !strings.Contains(body, "processing") {
		t.Errorf("%d %s", code, body)
	}
	taken := 0
	for _, e := range w.events() {
		if _, ok := e.(whatsapp.MessageTaken); ok {
			taken++
		}
	}
	if taken != 1000 || !strings.Contains(r.log.String(), "more events than Meta sends") {
		t.Errorf("%d messages were taken", taken)
	}
}

func TestTheAppSecretCanBeReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.PreviousAppSecret = "the one before" })
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	for i, tc := range []struct {
		opts []whatsapptest.PostOption
		want int
	}{
		{nil, 200},
		{[]whatsapptest.PostOption{whatsapptest.SignedWith("the one before")}, 200},
		{[]whatsapptest.PostOption{whatsapptest.SignedWith("another")}, 403},
		{[]whatsapptest.PostOption{whatsapptest.SignedWith("")}, 403},
		{[]whatsapptest.PostOption{whatsapptest.Unsigned()}, 403},
	} {
		if code, body := r.post(notification(1, time.Now().Add(time.Duration(i)*time.Second)), tc.opts...); code != tc.want {
			t.Errorf("%d: %d %s", i, code, body)
		}
	}
}

// brokenStore cannot be read, and says for which key.
type brokenStore struct{ services.Store }

func (brokenStore) Get(context.Context, string) ([]byte, uint64, error) {
	return nil, 0, errors.New("the disk is gone")
}

// Whatever happens, nothing that leaves the bot holds a secret: logs of all levels, health, answers, errors, metrics and
// traces.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	const token, secret, before, verify, credential = "EAAGmarkerTokenQ7", "markerAppSecretK2", "markerSecretBefore", "markerVerifyToken", "markerTurnCredential"
	exporter := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter))
	metrics, w := prom.New(), newWitness()
	config := func(c *whatsapp.Config) {
		c.PreviousAppSecret = before
		c.ICEServers = []webrtc.ICEServer{{URLs: []string{"turn:127.0.0.1:9"}, Username: "u", Credential: credential}}
		c.Observers = []whatsapp.Observer{metrics, tracing.New(provider), w}
		c.AllowedNumbers = []string{"+1 555 999 0000", "+1 555 999 0001"}
		c.MorePhoneNumberIDs = []string{"600700800"}
	}
	r := newRig(t, config, whatsapptest.WithAccessToken(token), whatsapptest.WithAppSecret(secret), whatsapptest.WithVerifyToken(verify))
	var out strings.Builder
	page := func(path string) {
		_, body, header := r.get(path)
		fmt.Fprintln(&out, body, header)
	}
	r.bot.OnCall(beep)
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		if m.Text() == "fail" {
			return errors.New("no model")
		}
		return m.Reply(ctx, "Hello!")
	})
	hidden := map[string]string{"token": token, "app secret": secret, "secret before": before, "verify token": verify,
		"TURN credential": credential, "SDP": "v=0", "fingerprint": "sha-256 ", "what was written": "a private text", "what was answered": "Hello!"}
	eve := whatsapptest.User{WaID: "15558887777", Name: "Eve Marker", ID: "US.9988776655"}
	for _, u := range []whatsapptest.User{ada, eve} {
		hidden["number "+u.Name], hidden["name "+u.Name], hidden["id "+u.Name] = u.WaID, u.Name, u.ID
	}
	password := regexp.MustCompile(`a=ice-pwd:(\S+)`)
	call := func(from whatsapptest.User, reaches bool) {
		c, err := r.meta.Call(r.ctx(), from)
		must(t, err)
		if reaches {
			must(t, c.WaitAccepted(r.ctx()))
			page("/health")
			must(t, c.HangUp(r.ctx()))
		}
		r.ended(c)
		hidden["call id "+c.ID()] = c.ID()
		for i, sdp := range []string{c.Offer(), c.Answer()} {
			if m := password.FindStringSubmatch(sdp); m != nil {
				hidden[fmt.Sprintf("ice-pwd %d of %s", i, c.ID())] = m[1]
			} else if i == 0 || reaches {
				t.Errorf("there is no password in the SDP")
			}
		}
	}
	write := func(from whatsapptest.User, text string) {
		id, err := r.meta.SendText(r.ctx(), from, text)
		must(t, err)
		hidden["message id "+text] = id
		seen(r, w, func(e whatsapp.MessageHandled) bool { return e.Message.ID() == id })
	}
	quoting := func(where, action string, status int, code int) { // a Meta that repeats what it must not
		r.meta.Inject(whatsapptest.Fault{Endpoint: where, Action: action, Status: status,
			Body: fmt.Sprintf(`{"error":{"message":"Malformed access token %s","code":%d}}`, token, code)})
	}

	call(ada, true)
	call(eve, false) // not allowed
	quoting("calls", "pre_accept", 400, 100)
	call(ada, false)
	quoting("calls", "accept", 401, 190)
	call(ada, false)
	page("/health")
	write(ada, "a private text")
	write(ada, "fail")
	write(eve, "a private text of Eve") // gets the refusal
	quoting("messages", "text", 400, 131047)
	write(ada, "a private text again")
	r.meta.Inject(whatsapptest.Unavailable().Repeat(4))
	write(ada, "a private text to nobody")
	for _, opt := range []whatsapptest.PostOption{whatsapptest.Unsigned(), whatsapptest.SignedWith("wrong")} {
		_, body := r.post(notification(1, time.Now()), opt)
		fmt.Fprintln(&out, body)
	}
	for _, body := range []string{"no JSON", `{"object":"whatsapp_business_account","entry":{}}`} {
		reply, err := r.meta.Post(r.ctx(), []byte(body))
		must(t, err)
		fmt.Fprintln(&out, string(reply.Body))
	}
	page("/webhook?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1")
	page("/health")
	must(t, r.bot.Shutdown(r.ctx()))
	page("/health")

	// A store that fails, and a configuration that cannot work.
	broken := newRig(t, func(c *whatsapp.Config) {
		config(c)
		c.Conversations = conversation.NewBook(brokenStore{memory.New()})
	}, whatsapptest.WithAccessToken(token), whatsapptest.WithAppSecret(secret), whatsapptest.WithVerifyToken(verify))
	broken.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	id, err := broken.meta.SendText(broken.ctx(), ada, "a private text for later")
	must(t, err)
	seen(broken, w, func(e whatsapp.MessageHandled) bool { return e.Message.ID() == id })
	bad := whatsapp.Config{AccessToken: token + " ", PhoneNumberID: "+1", AppSecret: "", PreviousAppSecret: before, VerifyToken: verify,
		APIBaseURL: "graph", ICEServers: []webrtc.ICEServer{{URLs: []string{"turn:x"}, Credential: credential}}}
	fmt.Fprintln(&out, bad.Validate(), r.bot.Err())

	for _, e := range w.events() {
		switch e := e.(type) {
		case whatsapp.CallChanged:
			fmt.Fprintln(&out, e.Reason, e.Call.String(), e.Call.From())
		case whatsapp.MessageHandled:
			fmt.Fprintln(&out, e.Err, e.Message.String(), e.Message.From())
		case whatsapp.GraphAsked:
			fmt.Fprintln(&out, e.Err, e.Op)
		}
	}
	scraped := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(scraped.Body)
	must(t, err)
	out.Write(text)
	spans := exporter.GetSpans()
	for _, s := range spans {
		fmt.Fprintf(&out, "%s %v %v %v\n", s.Name, s.Attributes, s.Events, s.Status)
	}
	all := out.String() + r.log.String() + broken.log.String()
	for _, proof := range []string{"not_allowed", "the disk is gone", "[token]", "overloaded", "call state", "parley.call.reason", "invalid_payload", "forbidden"} {
		if !strings.Contains(all, proof) {
			t.Errorf("%q is missing: the test does not see what it should", proof)
		}
	}
	for what, value := range hidden {
		for line := range strings.Lines(all) {
			if strings.Contains(line, value) {
				t.Errorf("the %s is shown: %s", what, line)
				break
			}
		}
	}
}
