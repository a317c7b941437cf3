package whatsapptest_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// hook is a webhook as it arrived.
type hook struct {
	header http.Header
	body   []byte
}

// listener takes webhooks and answers as told.
func listener(t testing.TB, answer func(n int, w http.ResponseWriter)) (url string, received func() []hook) {
	t.Helper()
	var mu sync.Mutex
	var hooks []hook
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		hooks = append(hooks, hook{r.Header, body})
		n := len(hooks)
		mu.Unlock()
		if answer != nil {
			answer(n, w)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []hook {
		mu.Lock()
		defer mu.Unlock()
		return append([]hook(nil), hooks...)
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	sum256 := func(secret string, body []byte) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	tests := []struct {
		name string
		opts []whatsapptest.PostOption
		want func(body []byte) string
		sha1 bool
	}{
		{"signed", nil, func(b []byte) string { return sum256("the secret", b) }, true},
		{"another app", []whatsapptest.PostOption{whatsapptest.SignedWith("other")}, func(b []byte) string { return sum256("other", b) }, true},
		{"unsigned", []whatsapptest.PostOption{whatsapptest.Unsigned()}, func([]byte) string { return "" }, false},
		{"SHA-1 alone", []whatsapptest.PostOption{whatsapptest.SignedSHA1()}, func([]byte) string { return "" }, true},
		{"any header", []whatsapptest.PostOption{whatsapptest.WithHeader("X-Hub-Signature-256", "SHA256=00")}, func([]byte) string { return "SHA256=00" }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, received := listener(t, nil)
			e := emulator(t, whatsapptest.WithAppSecret("the secret"), whatsapptest.WithWebhook(url))
			reply, err := e.Post(within(t), map[string]any{"text": "Grüße 😀 a/b"}, test.opts...)
			if err != nil || reply.Status != http.StatusOK {
				t.Fatalf("%+v, %v", reply, err)
			}
			got := received()[0]
			if want := `{"text":"Gr\u00fc\u00dfe \ud83d\ude00 a\/b"}`; string(got.body) != want {
				t.Errorf("body %s, want %s", got.body, want)
			}
			if signature := got.header.Get("X-Hub-Signature-256"); signature != test.want(got.body) {
				t.Errorf("signature %q, want %q", signature, test.want(got.body))
			}
			mac := hmac.New(sha1.New, []byte("the secret"))
			mac.Write(got.body)
			legacy := got.header.Get("X-Hub-Signature")
			if test.sha1 != (legacy != "") || test.name == "signed" && legacy != "sha1="+hex.EncodeToString(mac.Sum(nil)) {
				t.Errorf("legacy signature %q", legacy)
			}
		})
	}
	t.Run("plain JSON", func(t *testing.T) {
		t.Parallel()
		url, received := listener(t, nil)
		e := emulator(t, whatsapptest.WithPlainJSON(), whatsapptest.WithWebhook(url), whatsapptest.WithAppSecret(""))
		if _, err := e.SendText(within(t), ada, "ü/<"); err != nil {
			t.Fatal(err)
		}
		if got := received()[0]; !bytes.Contains(got.body, []byte("ü/<")) || got.header.Get("X-Hub-Signature-256") != "" {
			t.Errorf("%s %v", got.body, got.header)
		}
	})
	t.Run("raw bytes", func(t *testing.T) {
		t.Parallel()
		url, received := listener(t, nil)
		e := emulator(t, whatsapptest.WithWebhook(url))
		if _, err := e.Post(within(t), []byte("{ü")); err != nil {
			t.Fatal(err)
		}
		if got := received()[0]; string(got.body) != "{ü" {
			t.Errorf("%s", got.body)
		}
	})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	_, e := newBot(t, nil)
	if err := e.Verify(within(t)); err != nil {
		t.Error(err)
	}
	await(t, e, whatsapptest.EventWebhookVerified)
	if err := e.VerifyWith(within(t), e.VerifyToken(), "00123456789012345678901234567890"); err != nil {
		t.Errorf("a large number: %v", err)
	}
	if err := e.VerifyWith(within(t), "wrong", "x"); !errors.Is(err, whatsapptest.ErrVerification) {
		t.Errorf("wrong token: %v", err)
	}
	e.SetWebhook("http://127.0.0.1:1/")
	err := e.Verify(within(t))
	if !errors.Is(err, whatsapptest.ErrWebhookUnreachable) || strings.Contains(err.Error(), e.VerifyToken()) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	url, received := listener(t, func(n int, w http.ResponseWriter) {
		if n < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	e := emulator(t, whatsapptest.WithWebhook(url), whatsapptest.WithRetries(0, time.Millisecond, time.Hour))
	if _, err := e.SendText(within(t), ada, "hi"); err != nil {
		t.Fatal(err)
	}
	hooks := received()
	if len(hooks) != 3 || !bytes.Equal(hooks[0].body, hooks[2].body) {
		t.Errorf("%d webhooks", len(hooks))
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	url, received := listener(t, nil)
	e := emulator(t, whatsapptest.WithWebhook(url))
	e.MessageWebhook(ada, "text", nil)
	graph(t, e, http.MethodPost, e.PhoneNumberID()+"/messages", map[string]any{
		"messaging_product": "whatsapp", "to": ada.WaID, "type": "text", "text": map[string]any{"body": "hello"}, "biz_opaque_callback_data": "t-1"})
	both := func(ev whatsapptest.Event) bool { return ev.Kind == whatsapptest.EventWebhook && len(received()) == 2 }
	if _, err := e.WaitFor(within(t), both); err != nil {
		t.Fatal(err)
	}
	for i, status := range []string{"sent", "delivered"} {
		if body := string(received()[i].body); !strings.Contains(body, `"status":"`+status+`"`) || !strings.Contains(body, "t-1") {
			t.Errorf("webhook %d: %s", i+1, body)
		}
	}
}

// TestCallWebhooks looks at the members of connect and terminate.
func TestCallWebhooks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		user whatsapptest.User
		opts []whatsapptest.CallOption
		want map[string]any // of the connect event; nil: absent
	}{
		{"user", ada, nil, map[string]any{"from": "15559990000", "to": "15550001111", "direction": "USER_INITIATED", "from_user_id": nil}},
		{"user with an id", whatsapptest.User{WaID: "1555", ID: "US.7"}, nil, map[string]any{"from": "1555", "from_user_id": "US.7"}},
		{"hidden number", whatsapptest.User{WaID: "1555", ID: "US.7", Hidden: true}, nil, map[string]any{"from": nil, "from_user_id": "US.7"}},
		{"no direction", ada, []whatsapptest.CallOption{whatsapptest.WithoutDirection()}, map[string]any{"direction": nil}},
		{"deep link", ada, []whatsapptest.CallOption{whatsapptest.WithDeeplink("x")}, map[string]any{"deeplink_payload": "x"}},
		{"no contacts", ada, []whatsapptest.CallOption{whatsapptest.WithoutContacts()}, nil},
		{"outdated connection", ada, []whatsapptest.CallOption{whatsapptest.WithLegacyConnection()}, map[string]any{
			"connection": map[string]any{"webrtc": map[string]any{"sdp": `{"sdp":"v=0","type":"offer"}`}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := emulator(t)
			call, err := e.Call(within(t), test.user, append(test.opts, whatsapptest.Unannounced())...)
			if err != nil {
				t.Fatal(err)
			}
			value := call.ConnectWebhook().Entry[0].Changes[0].Value
			event := value.Calls[0]
			for name, want := range test.want {
				if diff := cmp.Diff(want, event[name]); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			if event["event"] != "connect" || event["id"] != call.ID() || !strings.HasPrefix(call.ID(), "wacid.") {
				t.Errorf("event %v", event)
			}
			if (len(value.Contacts) == 0) != (test.name == "no contacts") {
				t.Errorf("contacts %v", value.Contacts)
			}
			end := call.TerminateWebhook().Entry[0].Changes[0].Value.Calls[0]
			if end["event"] != "terminate" || end["status"] != "COMPLETED" || end["duration"] != nil {
				t.Errorf("terminate %v", end)
			}
		})
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	call := ring(t, e)
	_, message := e.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	other := whatsapptest.Envelope{Object: "whatsapp_business_account", Entry: []whatsapptest.Entry{{ID: "another"}}}
	batch := whatsapptest.Batch(call.ConnectWebhook(), message, other)
	if len(batch.Entry) != 2 || len(batch.Entry[0].Changes) != 2 {
		t.Fatalf("%+v", batch)
	}
	body, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"field":"calls"`, `"field":"messages"`, `"object":"whatsapp_business_account"`, `"another"`} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
	if n := len(call.ConnectWebhook().Entry[0].Changes); n != 1 {
		t.Errorf("the batch changed its parts: %d changes", n)
	}
}
