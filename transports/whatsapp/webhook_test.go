package whatsapp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// get fetches a path of the bot.
func (r *rig) get(path string) (int, string, http.Header) {
	r.t.Helper()
	resp, err := http.Get(r.url + path)
	must(r.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(r.t, err)
	return resp.StatusCode, string(b), resp.Header
}

func TestVerification(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.VerifyToken = "a token with spaces & signs" })
	long := strings.Repeat("0123456789", 20)
	tests := []struct {
		name, mode, token, challenge string
		status                       int
		body                         string
	}{
		{"a number", "subscribe", "a token with spaces & signs", "1158201444", 200, "1158201444"},
		{"no number", "subscribe", "a token with spaces & signs", "abc-Ω <b>", 200, "abc-Ω <b>"},
		{"a number that is too large for an integer", "subscribe", "a token with spaces & signs", long, 200, long},
		{"leading zeros", "subscribe", "a token with spaces & signs", "007", 200, "007"},
		{"wrong token", "subscribe", "another", "1", 403, "the verify token does not match"},
		{"a prefix of the token", "subscribe", "a token", "1", 403, ""},
		{"no token", "subscribe", "", "1", 403, ""},
		{"wrong mode", "unsubscribe", "a token with spaces & signs", "1", 403, "hub.mode is not subscribe, as it is when Meta verifies a webhook"},
		{"no mode", "", "a token with spaces & signs", "1", 403, ""},
	}
	for _, tt := range tests {
		q := url.Values{"hub.mode": {tt.mode}, "hub.verify_token": {tt.token}, "hub.challenge": {tt.challenge}}
		status, body, header := r.get("/webhook?" + q.Encode())
		if status != tt.status || tt.body != "" && body != tt.body {
			t.Errorf("%s: %d %q, want %d %q", tt.name, status, body, tt.status, tt.body)
		}
		if !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: the challenge is sent as %s", tt.name, header.Get("Content-Type"))
		}
	}
}

func TestVerificationWithoutAToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.VerifyToken = "" })
	for _, q := range []string{"", "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1"} {
		if status, body, _ := r.get("/webhook" + q); status != 500 {
			t.Errorf("%q: %d %s", q, status, body)
		}
	}
	var h whatsapp.Health
	status, body, _ := r.get("/health")
	must(t, json.Unmarshal([]byte(body), &h))
	if status != 200 || h.Status != "degraded" || len(h.Issues) != 1 || !strings.Contains(h.Issues[0], "verify token") {
		t.Errorf("health: %d %s", status, body)
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	texts := make(chan string, 8)
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error { texts <- m.Text(); return nil })
	const hard = "emoji 👍🏽, accents äß, slash / and <tags>"
	message := func() any {
		_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": hard}})
		return w
	}
	tests := []struct {
		name   string
		opts   []whatsapptest.PostOption
		status int
	}{
		{"good, with escapes in the body", nil, 200},
		{"none", []whatsapptest.PostOption{whatsapptest.Unsigned()}, 403},
		{"SHA-1 only", []whatsapptest.PostOption{whatsapptest.SignedSHA1()}, 403},
		{"another app's secret", []whatsapptest.PostOption{whatsapptest.SignedWith("other")}, 403},
		{"prefix in capitals", []whatsapptest.PostOption{whatsapptest.WithHeader(webhook.SignatureHeader, "SHA256="+strings.Repeat("0", 64))}, 403},
	}
	for _, tt := range tests {
		reply, err := r.meta.Post(r.ctx(), message(), tt.opts...)
		must(t, err)
		if reply.Status != tt.status {
			t.Errorf("%s: %d %s", tt.name, reply.Status, reply.Body)
		}
	}
	if got := next(r, texts); got != hard {
		t.Errorf("got %q", got)
	}
	// Before anything is parsed: a forged body is not even read as JSON.
	reply, err := r.meta.Post(r.ctx(), []byte("no JSON"), whatsapptest.SignedWith("other"))
	must(t, err)
	if reply.Status != 403 {
		t.Errorf("a forged body that is no JSON: %d", reply.Status)
	}
	// The secret can be replaced at run time, and switched off.
	r.bot.SetAppSecret("other")
	reply, err = r.meta.Post(r.ctx(), message(), whatsapptest.SignedWith("other"))
	must(t, err)
	next(r, texts)
	r.bot.SetAppSecret("")
	off, err := r.meta.Post(r.ctx(), message(), whatsapptest.Unsigned())
	must(t, err)
	next(r, texts)
	if reply.Status != 200 || off.Status != 200 {
		t.Errorf("new secret: %d; no secret: %d", reply.Status, off.Status)
	}
	select {
	case text := <-texts:
		t.Errorf("a forged message was handled: %q", text)
	default:
	}
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	wrap := func(field, value string) string {
		return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"` + field + `","value":` + value + `}]}]}`
	}
	meta := `"metadata":{"phone_number_id":"` + r.meta.PhoneNumberID() + `"}`
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"a text", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m1","type":"text","text":{"body":"hi"}}]}`), 200, "processing"},
		{"the same again", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m1","type":"text","text":{"body":"hi"}}]}`), 200, "ignored"},
		{"the same beside a new one", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m1","type":"text","text":{"body":"hi"}},
			{"from":"1555","id":"m2","type":"text","text":{"body":"ho"}}]}`), 200, "processing"},
		{"another phone number", wrap("messages", `{"metadata":{"phone_number_id":"4711"},"messages":[{"from":"1555","id":"m3","type":"text","text":{"body":"hi"}}]}`), 200, "ignored"},
		{"no metadata", wrap("messages", `{"messages":[{"from":"1555","id":"m4","type":"text","text":{"body":"hi"}}]}`), 200, "processing"},
		{"a status", wrap("messages", `{`+meta+`,"statuses":[{"id":"x","status":"delivered"}]}`), 200, "ignored"},
		{"a status with errors", wrap("messages", `{`+meta+`,"statuses":[{"id":"x","status":"failed","errors":[{"code":131026}]}]}`), 200, "ignored"},
		{"a status of a call", wrap("calls", `{`+meta+`,"statuses":[{"id":"x","type":"call","status":"RINGING"}]}`), 200, "ignored"},
		{"an answer to a call of ours", wrap("calls", `{`+meta+`,"calls":[{"id":"c","event":"connect","direction":"BUSINESS_INITIATED","session":{"sdp_type":"answer","sdp":"v=0"}}]}`), 200, "ignored"},
		{"a call event of the future", wrap("calls", `{`+meta+`,"calls":[{"id":"c","event":"call_recording_available"}]}`), 200, "ignored"},
		{"a call without an id", wrap("calls", `{`+meta+`,"calls":[{"event":"connect"}]}`), 200, "ignored"},
		{"an unknown field", wrap("account_update", `{"event":"ACCOUNT_VIOLATION"}`), 200, "ignored"},
		{"a reaction", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m5","type":"reaction","reaction":{"emoji":"x"}}]}`), 200, "ignored"},
		{"a system message", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m6","type":"system","system":{"body":"x"}}]}`), 200, "ignored"},
		{"a message of nobody", wrap("messages", `{`+meta+`,"messages":[{"id":"m7","type":"text","text":{"body":"hi"}}]}`), 200, "ignored"},
		{"a message of a group", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","group_id":"g","id":"m8","type":"text","text":{"body":"hi"}}]}`), 200, "ignored"},
		{"a permission", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m9","type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}}]}`), 200, "ignored"},
		{"another product", `{"object":"page","entry":[{"messaging":[]}]}`, 200, "ignored"},
		{"no entries", `{"object":"whatsapp_business_account","entry":[]}`, 200, "ignored"},
		{"no JSON", `hello`, 200, "invalid_payload"},
		{"nothing", ``, 200, "invalid_payload"},
		{"a list", `[]`, 200, "invalid_payload"},
		{"an empty object", `{}`, 200, "invalid_payload"},
		{"entry is no list", `{"object":"whatsapp_business_account","entry":5}`, 200, "invalid_payload"},
		{"entries are no objects", `{"object":"whatsapp_business_account","entry":[1,2]}`, 200, "invalid_payload"},
		{"cut off", `{"object":"whatsapp_business_account","entry":[{`, 200, "invalid_payload"},
		{"3 MB", wrap("messages", `{`+meta+`,"messages":[{"from":"1555","id":"m10","type":"text","text":{"body":"`+strings.Repeat("x", 3<<20)+`"}}]}`), 200, "processing"},
		{"5 MB", strings.Repeat(" ", 5<<20), 413, "too_large"},
	}
	for _, tt := range tests {
		reply, err := r.meta.Post(r.ctx(), []byte(tt.body))
		must(t, err)
		var got struct{ Status string }
		must(t, json.Unmarshal(reply.Body, &got))
		if reply.Status != tt.status || got.Status != tt.want {
			t.Errorf("%s: %d %s, want %d %s", tt.name, reply.Status, reply.Body, tt.status, tt.want)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnCall(beep)
	call := r.answered(ada)
	status, body, _ := r.get("/health")
	var h whatsapp.Health
	must(t, json.Unmarshal([]byte(body), &h))
	if status != 200 || h.Status != "active" || h.ActiveCalls != 1 || h.Counts["calls"] != 1 || h.LastWebhook == nil || !strings.Contains(body, `"issues":[]`) {
		t.Errorf("health: %d %s", status, body)
	}
	for _, secret := range []string{r.meta.AccessToken(), r.meta.AppSecret(), r.meta.VerifyToken(), ada.WaID} {
		if strings.Contains(body, secret) {
			t.Errorf("health tells %q", secret)
		}
	}
	must(t, call.HangUp(r.ctx()))
	must(t, r.bot.Shutdown(r.ctx()))
	if h := r.bot.Health(); h.ActiveCalls != 0 {
		t.Errorf("%d calls after the end", h.ActiveCalls)
	}
}

// No body, however it looks, makes the bot answer with anything but what it promises.
func FuzzWebhook(f *testing.F) {
	for _, s := range []string{
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"calls","value":{"calls":[{"id":"a","event":"connect","session":{"sdp":"v=0\r\n","sdp_type":"offer"}}]}}]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"calls","value":{"calls":[{"id":"a","event":"terminate","duration":1e99}]}}]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"value":{"messages":[{"from":1,"id":{},"type":"text","text":{"body":"x"}}]}}]}]}`,
		`{"object":"page"}`, `[]`, "\x00", `{"object":"whatsapp_business_account","entry":[[[[]]]]}`,
	} {
		f.Add([]byte(s))
	}
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"success":true}`)) }))
	f.Cleanup(graph.Close)
	bot := whatsapp.New(whatsapp.Config{AccessToken: "t", PhoneNumberID: "1", APIBaseURL: graph.URL, Logger: discard})
	bot.OnCall(func(context.Context, *whatsapp.Call) error { return nil })
	bot.OnMessage(func(context.Context, *whatsapp.Message) error { return nil })
	f.Cleanup(func() { _ = bot.Shutdown(context.Background()) })
	e := echo.New()
	bot.Mount(e.Group(""))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader(body)))
		switch got := strings.TrimSpace(w.Body.String()); got {
		case `{"status":"processing"}`, `{"status":"ignored"}`, `{"status":"invalid_payload"}`:
		default:
			t.Errorf("%d %s", w.Code, got)
		}
	})
}
