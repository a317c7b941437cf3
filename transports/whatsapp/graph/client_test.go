package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

const token = "EAAB-a-token-that-must-not-leak"

// seen is a request as the server saw it.
type seen struct {
	Method, Path, Auth string
	Body               map[string]any
}

// server answers requests with the given handlers, one after the other; the last one answers all further ones.
func server(t *testing.T, answers ...http.HandlerFunc) (*graph.Client, func() []seen) {
	t.Helper()
	var mu sync.Mutex
	var all []seen
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		rec := seen{Method: r.Method, Path: r.URL.Path, Auth: r.Header.Get("Authorization")}
		_ = json.Unmarshal(b, &rec.Body)
		mu.Lock()
		all = append(all, rec)
		n := len(all) - 1
		mu.Unlock()
		answers[min(n, len(answers)-1)](w, r)
	}))
	t.Cleanup(s.Close)
	c := graph.New(token, "600700", graph.WithBaseURL(s.URL+"/v25.0/"), graph.WithFirstPause(time.Millisecond),
		graph.WithAttemptTimeout(5*time.Second))
	t.Cleanup(c.Close)
	return c, func() []seen {
		mu.Lock()
		defer mu.Unlock()
		return append([]seen(nil), all...)
	}
}

func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// cut breaks the connection after the request was read, so its fate is unknown to the client.
func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

const success = `{"messaging_product":"whatsapp","success":true}`

func TestCallActions(t *testing.T) {
	t.Parallel()
	session := map[string]any{"sdp_type": "answer", "sdp": "v=0\r\n"}
	tests := []struct {
		name string
		call func(context.Context, *graph.Client) error
		want map[string]any
	}{
		{"pre_accept", func(ctx context.Context, c *graph.Client) error { return c.PreAccept(ctx, "wacid.1=", "v=0\r\n") },
			map[string]any{"action": "pre_accept", "call_id": "wacid.1=", "session": session}},
		{"accept", func(ctx context.Context, c *graph.Client) error { return c.Accept(ctx, "wacid.1=", "v=0\r\n") },
			map[string]any{"action": "accept", "call_id": "wacid.1=", "session": session}},
		{"reject", func(ctx context.Context, c *graph.Client) error { return c.Reject(ctx, "wacid.1=") },
			map[string]any{"action": "reject", "call_id": "wacid.1="}},
		{"terminate", func(ctx context.Context, c *graph.Client) error { return c.Terminate(ctx, "wacid.1=") },
			map[string]any{"action": "terminate", "call_id": "wacid.1="}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{success, `{"success":true}`, `{}`} {
				c, requests := server(t, answer(200, body))
				if err := tt.call(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				tt.want["messaging_product"] = "whatsapp"
				want := []seen{{"POST", "/v25.0/600700/calls", "Bearer " + token, tt.want}}
				if d := cmp.Diff(want, requests()); d != "" {
					t.Errorf("request (-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestConnectReturnsTheCallID(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(200, `{"messaging_product":"whatsapp","calls":[{"id":"wacid.new="}]}`))
	id, err := c.Connect(t.Context(), graph.Phone("15550001"), "v=0\r\n", "ticket")
	if err != nil || id != "wacid.new=" {
		t.Fatalf("got %q, %v", id, err)
	}
	want := map[string]any{
		"messaging_product": "whatsapp", "action": "connect", "to": "+15550001", "biz_opaque_callback_data": "ticket",
		"session": map[string]any{"sdp_type": "offer", "sdp": "v=0\r\n"},
	}
	if d := cmp.Diff(want, requests()[0].Body); d != "" {
		t.Error(d)
	}
	c, _ = server(t, answer(200, `{"calls":[]}`))
	if _, err := c.Connect(t.Context(), graph.UserID("US.1"), "v=0\r\n", ""); !graph.OutcomeUnknown(err) {
		t.Errorf("an answer without a call id: %v, want one whose outcome is unknown", err)
	}
}

func TestSendText(t *testing.T) {
	t.Parallel()
	ok := `{"messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"wamid.O"}]}`
	tests := []struct {
		name string
		to   graph.Address
		text graph.Text
		want map[string]any
	}{
		{"number without plus", graph.Phone("15550001"), graph.Text{Body: "hi"},
			map[string]any{"to": "+15550001", "text": map[string]any{"body": "hi"}}},
		{"number with plus", graph.Phone("+15550001"), graph.Text{Body: "hi", PreviewURL: true, ReplyTo: "wamid.I"},
			map[string]any{"to": "+15550001", "text": map[string]any{"body": "hi", "preview_url": true},
				"context": map[string]any{"message_id": "wamid.I"}}},
		{"user id", graph.UserID("US.77"), graph.Text{Body: "hi"},
			map[string]any{"recipient": "US.77", "text": map[string]any{"body": "hi"}}},
		{"both", graph.Address{Phone: "15550001", UserID: "US.77"}, graph.Text{Body: "hi"},
			map[string]any{"to": "+15550001", "text": map[string]any{"body": "hi"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, requests := server(t, answer(200, ok))
			id, err := c.SendText(t.Context(), tt.to, tt.text)
			if err != nil || id != "wamid.O" {
				t.Fatalf("got %q, %v", id, err)
			}
			tt.want["messaging_product"], tt.want["recipient_type"], tt.want["type"] = "whatsapp", "individual", "text"
			if d := cmp.Diff(tt.want, requests()[0].Body); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMarkReadWithTyping(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(200, `{"success":true}`))
	if err := c.MarkRead(t.Context(), "wamid.I", true); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.I",
		"typing_indicator": map[string]any{"type": "text"}}
	if d := cmp.Diff(want, requests()[0].Body); d != "" {
		t.Error(d)
	}
}

func TestTokenAndNumberCanBeReplaced(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(200, success))
	_ = c.Reject(t.Context(), "a")
	c.SetAccessToken("second-token")
	c.SetPhoneNumberID("900")
	if err := c.Reject(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	if got := requests()[1]; got.Auth != "Bearer second-token" || got.Path != "/v25.0/900/calls" {
		t.Errorf("got %+v", got)
	}
}

// What is repeated, and how often.
func TestRetries(t *testing.T) {
	t.Parallel()
	limit := `{"error":{"message":"(#130429) Rate limit hit","code":130429,"fbtrace_id":"A"}}`
	unknown := `{"error":{"message":"Something went wrong","type":"OAuthException","code":131000}}`
	bad := `{"error":{"message":"(#100) Invalid parameter","code":100,"error_data":{"details":"Fingerprint algo is not SHA256"}}}`
	accept := func(ctx context.Context, c *graph.Client) error { return c.Accept(ctx, "x", "v=0\r\n") }
	text := func(ctx context.Context, c *graph.Client) error {
		_, err := c.SendText(ctx, graph.Phone("1"), graph.Text{Body: "hi"})
		return err
	}
	end := func(ctx context.Context, c *graph.Client) error { return c.Terminate(ctx, "x") }
	tests := []struct {
		name    string
		call    func(context.Context, *graph.Client) error
		fault   http.HandlerFunc
		want    int // requests, if the fault happens once and all goes well then
		unknown bool
	}{
		{"accept: 429", accept, answer(429, limit), 2, false},
		{"accept: 130429 as 400", accept, answer(400, limit), 2, false},
		{"accept: 500 with Meta's error", accept, answer(500, unknown), 2, false},
		{"accept: 503 HTML", accept, answer(503, "<html>busy</html>"), 2, false},
		{"accept: 500 HTML", accept, answer(500, "<html>oops</html>"), 1, true},
		{"accept: 502 HTML", accept, answer(502, "<html>oops</html>"), 1, true},
		{"accept: connection lost", accept, cut, 1, true},
		{"accept: bad parameter", accept, answer(400, bad), 1, false},
		{"accept: success false", accept, answer(200, `{"success":false}`), 1, false},
		{"accept: 200 HTML", accept, answer(200, "<html>sign in</html>"), 1, true},
		{"text: 131056", text, answer(400, `{"error":{"code":131056}}`, "Retry-After", "0.01"), 2, false},
		{"text: spam limit", text, answer(429, `{"error":{"code":131048}}`), 1, false},
		{"text: connection lost", text, cut, 1, true},
		{"text: token expired", text, answer(401, `{"error":{"code":190}}`), 1, false},
		{"terminate: 500 HTML", end, answer(500, "<html>oops</html>"), 2, false},
		{"terminate: connection lost", end, cut, 2, false},
		{"terminate: already over", end, answer(400, `{"error":{"code":100}}`), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, requests := server(t, tt.fault, answer(200, `{"success":true,"messages":[{"id":"wamid.O"}]}`))
			err := tt.call(t.Context(), c)
			if got := len(requests()); got != tt.want {
				t.Errorf("%d requests, want %d (%v)", got, tt.want, err)
			}
			if (err == nil) != (tt.want == 2) {
				t.Errorf("error: %v", err)
			}
			if graph.OutcomeUnknown(err) != tt.unknown {
				t.Errorf("outcome unknown: %v, want %v (%v)", graph.OutcomeUnknown(err), tt.unknown, err)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(429, `{"error":{"code":4}}`, "Retry-After", "0.2"), answer(200, success))
	start := time.Now()
	if err := c.PreAccept(t.Context(), "x", "v=0\r\n"); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d < 200*time.Millisecond || len(requests()) != 2 {
		t.Errorf("%d requests within %v, want the second after 200 ms", len(requests()), d)
	}
	// A pause that is longer than the time for retries is not waited for.
	c, requests = server(t, answer(429, `{"error":{"code":4}}`, "Retry-After", "600"))
	err := c.PreAccept(t.Context(), "x", "v=0\r\n")
	var e *graph.Error
	if !errors.As(err, &e) || e.RetryAfter != 10*time.Minute || len(requests()) != 1 {
		t.Errorf("%d requests, %v", len(requests()), err)
	}
}

func TestAttemptHasADeadline(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	c := graph.New(token, "1", graph.WithBaseURL(s.URL), graph.WithAttemptTimeout(30*time.Millisecond))
	defer c.Close()
	err := c.Accept(t.Context(), "x", "v=0\r\n")
	if !graph.OutcomeUnknown(err) || !strings.Contains(err.Error(), "no answer within 30ms") {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := graph.New(token, "1", graph.WithBaseURL("http://"+addr), graph.WithFirstPause(time.Millisecond), graph.WithRetry(2, time.Second))
	defer c.Close()
	err = c.Accept(t.Context(), "x", "v=0\r\n")
	if err == nil || graph.OutcomeUnknown(err) || !strings.Contains(err.Error(), "cannot reach the Graph API") {
		t.Errorf("got %v", err)
	}
}

func TestErrorSaysWhatAndWhy(t *testing.T) {
	t.Parallel()
	c, _ := server(t, answer(400, `{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":"100",
		"error_data":{"messaging_product":"whatsapp","details":"Fingerprint algo is not SHA256"},
		"error_subcode":2494010,"is_transient":false,"fbtrace_id":"Axyz"}}`))
	err := c.PreAccept(t.Context(), "x", "v=0\r\n")
	var e *graph.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := &graph.Error{Op: "pre-accept call", HTTPStatus: 400, Code: 100, Subcode: 2494010, Type: "OAuthException",
		Message: "(#100) Invalid parameter", Details: "Fingerprint algo is not SHA256", FBTraceID: "Axyz", JSON: true}
	if d := cmp.Diff(want, e); d != "" {
		t.Error(d)
	}
	const text = "graph: pre-accept call: HTTP 400, code 100/2494010: (#100) Invalid parameter: Fingerprint algo is not SHA256" +
		" (a parameter is wrong; the details name it) [fbtrace_id Axyz]"
	if err.Error() != text {
		t.Errorf("got  %s\nwant %s", err, text)
	}
}

func TestTokenNeverLeaks(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"error":     answer(401, `{"error":{"message":"Malformed access token `+token+`","code":190}}`),
		"HTML":      answer(500, "<p>"+token+"</p>"),
		"no JSON":   answer(200, "hello "+token),
		"lost":      cut,
		"plain":     answer(403, `{"error":"`+token+`"}`),
		"no answer": answer(404, ""),
	} {
		c, _ := server(t, h)
		err := c.PreAccept(t.Context(), "x", "v=0\r\n")
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContextEndsRetries(t *testing.T) {
	t.Parallel()
	c, _ := server(t, answer(503, "busy"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Reject(ctx, "x"); err == nil {
		t.Error("got no error")
	}
}

func TestMedia(t *testing.T) {
	t.Parallel()
	var base string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(401)
			return
		}
		switch r.Method + " " + r.URL.Path {
		case "POST /600700/media":
			f, h, err := r.FormFile("file")
			if err != nil || h.Header.Get("Content-Type") != "audio/ogg" || r.FormValue("messaging_product") != "whatsapp" {
				w.WriteHeader(400)
				return
			}
			defer f.Close()
			fmt.Fprint(w, `{"id":4711}`)
		case "GET /4711":
			fmt.Fprintf(w, `{"url":"%s/blob","mime_type":"audio/ogg","file_size":"5","id":"4711"}`, base)
		case "GET /blob":
			fmt.Fprint(w, "bytes")
		case "DELETE /4711":
			fmt.Fprint(w, `{"success":true}`)
		}
	}))
	defer s.Close()
	base = s.URL
	c := graph.New(token, "600700", graph.WithBaseURL(s.URL))
	defer c.Close()
	id, err := c.UploadMedia(t.Context(), "a.ogg", "audio/ogg", []byte("bytes"))
	if err != nil || id != "4711" {
		t.Fatalf("upload: %q, %v", id, err)
	}
	data, m, err := c.DownloadMedia(t.Context(), id, 100)
	if err != nil || string(data) != "bytes" || m.Size != 5 {
		t.Errorf("download: %q, %+v, %v", data, m, err)
	}
	if _, _, err := c.DownloadMedia(t.Context(), id, 4); !errors.Is(err, graph.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := c.DeleteMedia(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestMissingThings(t *testing.T) {
	t.Parallel()
	c := graph.New("", "1")
	if err := c.Reject(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "no access token") {
		t.Errorf("no token: %v", err)
	}
	c = graph.New(token, "1", graph.WithBaseURL("http://[bad"))
	if err := c.Reject(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "base URL") {
		t.Errorf("bad URL: %v", err)
	}
	if err := c.Reject(t.Context(), ""); err == nil {
		t.Error("no call id: no error")
	}
	if _, err := c.SendText(t.Context(), graph.Address{}, graph.Text{Body: "x"}); err == nil {
		t.Error("no recipient: no error")
	}
}

func TestAddressHidesItself(t *testing.T) {
	t.Parallel()
	for in, want := range map[graph.Address]string{
		graph.Phone("15559990000"): "…0000", graph.UserID("US.1234567890"): "…7890", {}: "…",
	} {
		if in.String() != want {
			t.Errorf("got %v, want %s", in, want)
		}
	}
}
