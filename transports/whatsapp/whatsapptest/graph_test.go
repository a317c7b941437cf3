package whatsapptest_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// goodAnswer is an answer that Graph takes, as aiortc writes it.
const goodAnswer = "v=0\r\no=- 3968891234 3968891234 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE audio\r\n" +
	"m=audio 51420 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.168.0.105\r\na=sendrecv\r\na=mid:audio\r\na=rtcp-mux\r\n" +
	"a=ssrc:871350736 cname:571588de\r\na=rtpmap:111 opus/48000/2\r\n" +
	"a=candidate:1 1 udp 2130706431 192.168.0.105 51420 typ host\r\na=end-of-candidates\r\n" +
	"a=ice-ufrag:h5Zn\r\na=ice-pwd:tTqTcd1fDCQvnJzRFAMnq2\r\n" +
	"a=fingerprint:SHA-256 " + goodPrint + "\r\na=setup:active\r\n"

const goodPrint = "5C:8E:0A:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D"

// emulator starts one without a bot.
func emulator(t testing.TB, opts ...whatsapptest.Option) *whatsapptest.Emulator {
	t.Helper()
	e, err := whatsapptest.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return e
}

// act posts an action for a call.
func act(t testing.TB, e *whatsapptest.Emulator, id, action, sdp string) reply {
	t.Helper()
	body := map[string]any{"messaging_product": "whatsapp", "call_id": id, "action": action}
	if sdp != "" {
		body["session"] = map[string]any{"sdp_type": "answer", "sdp": sdp}
	}
	return graph(t, e, http.MethodPost, e.PhoneNumberID()+"/calls", body)
}

// ring places a call without telling anybody.
func ring(t testing.TB, e *whatsapptest.Emulator) *whatsapptest.Call {
	t.Helper()
	call, err := e.Call(within(t), ada, whatsapptest.Unannounced())
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func TestAnswerChecks(t *testing.T) {
	t.Parallel()
	replace := func(from, to string) func(string) string {
		return func(s string) string { return strings.Replace(s, from, to, 1) }
	}
	line := func(add string) func(string) string { return func(s string) string { return s + add + "\r\n" } }
	tests := []struct {
		name   string
		change func(string) string
		rules  whatsapptest.Rules
		want   string // part of the details; empty: taken
	}{
		{name: "good", change: replace("", "")},
		{name: "with DTMF", change: replace("SAVPF 111\r\n", "SAVPF 111 126\r\na=rtpmap:126 telephone-event/8000\r\n")},
		{name: "LF", change: func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }, want: "CRLF"},
		{name: "LF, loose", change: func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }, rules: whatsapptest.Rules{LooseLineEnds: true}},
		{name: "one LF", change: replace("t=0 0\r\n", "t=0 0\n"), want: "LF or CR alone"},
		{name: "no final line end", change: func(s string) string { return strings.TrimSuffix(s, "\r\n") }, want: "SDP EOF"},
		{name: "escaped twice", change: func(s string) string { return strings.ReplaceAll(s, "\r\n", `\r\n`) }, want: "escaped twice"},
		{name: "no SDP", change: func(string) string { return "hello\r\n" }, want: "not of the form"},
		{name: "no version", change: replace("v=0", "v=1"), want: "want v=0"},
		{name: "empty line", change: replace("s=-\r\n", "\r\n"), want: "not of the form"},
		{name: "sha-512", change: replace("SHA-256", "sha-512"), want: "Fingerprint algo is not SHA256"},
		{name: "sha-384 beside sha-256", change: line("a=fingerprint:sha-384 00:11"), want: "Fingerprint algo is not SHA256"},
		{name: "two fingerprints", change: line("a=fingerprint:sha-256 " + goodPrint), want: "2 fingerprints"},
		{name: "no fingerprint", change: replace("a=fingerprint:SHA-256 "+goodPrint+"\r\n", ""), want: "No fingerprint found in SDP"},
		{name: "short fingerprint", change: replace(":1C:1D", ""), want: "not 32 bytes"},
		{name: "fingerprint without colons", change: replace(goodPrint, strings.ReplaceAll(goodPrint, ":", "")), want: "not 32 bytes"},
		{name: "fingerprint at session level", change: func(s string) string {
			s = strings.Replace(s, "a=fingerprint:SHA-256 "+goodPrint+"\r\n", "", 1)
			return strings.Replace(s, "m=audio", "a=fingerprint:sha-256 "+goodPrint+"\r\nm=audio", 1)
		}},
		{name: "fingerprint at session level, strict", change: func(s string) string {
			s = strings.Replace(s, "a=fingerprint:SHA-256 "+goodPrint+"\r\n", "", 1)
			return strings.Replace(s, "m=audio", "a=fingerprint:sha-256 "+goodPrint+"\r\nm=audio", 1)
		}, rules: whatsapptest.Rules{MediaFingerprint: true}, want: "session level"},
		{name: "passive", change: replace("setup:active", "setup:passive"), want: "never sends a ClientHello"},
		{name: "passive, stalling", change: replace("setup:active", "setup:passive"), rules: whatsapptest.Rules{Passive: whatsapptest.PassiveStalls}},
		{name: "actpass", change: replace("setup:active", "setup:actpass"), want: "an answer says active"},
		{name: "no setup", change: replace("a=setup:active\r\n", ""), want: "a=setup is missing"},
		{name: "no Opus", change: replace("opus/48000/2", "PCMU/8000"), want: "opus/48000/2"},
		{name: "Opus mono", change: replace("opus/48000/2", "opus/48000"), want: "opus/48000/2"},
		{name: "Opus not in the m-line", change: replace("SAVPF 111", "SAVPF 126"), want: "opus/48000/2"},
		{name: "payload type that was not offered", change: replace("SAVPF 111", "SAVPF 111 0"), want: "0 was not offered"},
		{name: "payload type that is no number", change: replace("SAVPF 111", "SAVPF x"), want: "not a number"},
		{name: "no ufrag", change: replace("a=ice-ufrag:h5Zn\r\n", ""), want: "ice-ufrag"},
		{name: "short pwd", change: replace("tTqTcd1fDCQvnJzRFAMnq2", "tooshort"), want: "ice-pwd"},
		{name: "no rtcp-mux", change: replace("a=rtcp-mux\r\n", ""), want: "rtcp-mux"},
		{name: "ice-lite", change: replace("s=-\r\n", "s=-\r\na=ice-lite\r\n"), want: "both sides cannot be lite"},
		{name: "video too", change: line("m=video 9 UDP/TLS/RTP/SAVPF 96"), want: `"video" is not supported`},
		{name: "two audio lines", change: line("m=audio 9 UDP/TLS/RTP/SAVPF 111"), want: "more than one m=audio"},
		{name: "no media", change: func(s string) string { return s[:strings.Index(s, "m=audio")] }, want: "no m=audio"},
		{name: "rejected media", change: replace("m=audio 51420", "m=audio 0"), want: "port 0"},
		{name: "plain RTP", change: replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), want: `"RTP/AVP" is not supported`},
		{name: "crypto", change: line("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"), want: "SDES"},
		{name: "recvonly", change: replace("a=sendrecv", "a=recvonly"), want: "want a=sendrecv"},
		{name: "another mid", change: replace("a=mid:audio", "a=mid:0"), want: "the offer said audio"},
		{name: "another bundle", change: replace("BUNDLE audio", "BUNDLE 0"), want: "the offer said audio"},
		{name: "ptime 60", change: line("a=ptime:60")},
		{name: "ptime 60, strict", change: line("a=ptime:60"), rules: whatsapptest.Rules{StrictPacketTime: true}, want: "ptime"},
		{name: "much too long", change: func(s string) string { return s + strings.Repeat("a=x:y\r\n", 20000) }, want: "more than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := emulator(t, whatsapptest.WithRules(test.rules))
			for _, action := range []string{"pre_accept", "accept"} {
				call := ring(t, e)
				got := act(t, e, call.ID(), action, test.change(goodAnswer))
				if test.want == "" {
					if got.Status != http.StatusOK {
						t.Errorf("%s: %+v, want it taken", action, got)
					}
				} else if got.Status != http.StatusBadRequest || got.Code != 100 || !strings.Contains(got.Detail, test.want) {
					t.Errorf("%s: %+v, want 400, code 100 and %q", action, got, test.want)
				}
				act(t, e, call.ID(), "terminate", "")
			}
		})
	}
}

func TestCallStates(t *testing.T) {
	t.Parallel()
	other := strings.Replace(goodAnswer, "s=-", "s=other", 1)
	tests := []struct {
		name    string
		actions string // each with the wanted status
		sdp     map[int]string
	}{
		{"pre_accept, accept, terminate", "pre_accept 200, accept 200, terminate 200, terminate 400", nil},
		{"accept alone", "accept 200, accept 400, pre_accept 400, reject 400, terminate 200", nil},
		{"reject", "reject 200, accept 400, reject 400, terminate 400", nil},
		{"reject after pre_accept", "pre_accept 200, reject 400, terminate 200", nil},
		{"pre_accept twice", "pre_accept 200, pre_accept 400, accept 200", nil},
		{"terminate while ringing", "terminate 200, accept 400", nil},
		{"another SDP in accept", "pre_accept 200, accept 400, accept 200", map[int]string{1: other}},
		{"a final line more in accept", "pre_accept 200, accept 400", map[int]string{1: goodAnswer + "a=x:y\r\n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := emulator(t)
			call := ring(t, e)
			for i, step := range strings.Split(test.actions, ", ") {
				var action string
				var status int
				if _, err := fmt.Sscanf(step, "%s %d", &action, &status); err != nil {
					t.Fatal(err)
				}
				sdp := ""
				if action == "accept" || action == "pre_accept" {
					sdp = goodAnswer
					if other, ok := test.sdp[i]; ok {
						sdp = other
					}
				}
				if got := act(t, e, call.ID(), action, sdp); got.Status != status {
					t.Fatalf("%s: %+v, want %d", action, got, status)
				}
			}
		})
	}
}

func TestCallRequests(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	call := ring(t, e)
	ok := func(change func(map[string]any)) map[string]any {
		body := map[string]any{
			"messaging_product": "whatsapp", "call_id": call.ID(), "action": "pre_accept",
			"session": map[string]any{"sdp_type": "answer", "sdp": goodAnswer},
		}
		change(body)
		return body
	}
	tests := []struct {
		name string
		body any
		code int
		want string
	}{
		{"not JSON", "{", 100, "not a JSON object"},
		{"an array", "[]", 100, "not a JSON object"},
		{"a number as id", ok(func(m map[string]any) { m["call_id"] = 7 }), 100, "form of a call request"},
		{"no product", ok(func(m map[string]any) { delete(m, "messaging_product") }), 131008, "messaging_product"},
		{"another product", ok(func(m map[string]any) { m["messaging_product"] = "messenger" }), 100, "must be 'whatsapp'"},
		{"no action", ok(func(m map[string]any) { delete(m, "action") }), 131008, "action"},
		{"unknown action", ok(func(m map[string]any) { m["action"] = "hold" }), 100, `"hold" is not one of`},
		{"no call id", ok(func(m map[string]any) { delete(m, "call_id") }), 131008, "call_id"},
		{"unknown call id", ok(func(m map[string]any) { m["call_id"] = "wacid.none" }), 100, `there is no call "wacid.none"`},
		{"no session", ok(func(m map[string]any) { delete(m, "session") }), 131008, "session"},
		{"no sdp", ok(func(m map[string]any) { m["session"] = map[string]any{"sdp_type": "answer"} }), 131008, "session.sdp"},
		{"offer instead of answer", ok(func(m map[string]any) { m["session"] = map[string]any{"sdp_type": "offer", "sdp": goodAnswer} }), 100, `"offer", want "answer"`},
		{"long opaque data", ok(func(m map[string]any) { m["biz_opaque_callback_data"] = strings.Repeat("ä", 513) }), 100, "512"},
		{"connect without to", ok(func(m map[string]any) { m["action"] = "connect" }), 131008, "to"},
		{"connect without permission", ok(func(m map[string]any) {
			m["action"], m["to"] = "connect", "+15558887777"
			m["session"] = map[string]any{"sdp_type": "offer", "sdp": strings.Replace(goodAnswer, "active", "actpass", 1)}
		}), 138006, "permission"},
		{"connect during a call", ok(func(m map[string]any) {
			m["action"], m["to"] = "connect", "+15559990000"
			m["session"] = map[string]any{"sdp_type": "offer", "sdp": strings.Replace(goodAnswer, "active", "actpass", 1)}
		}), 138003, "ongoing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := graph(t, e, http.MethodPost, e.PhoneNumberID()+"/calls", test.body)
			if got.Code != test.code || !strings.Contains(got.Detail, test.want) {
				t.Errorf("got %+v, want code %d and %q", got, test.code, test.want)
			}
		})
	}
}

func TestPathsAndTokens(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	id := e.PhoneNumberID()
	tests := []struct {
		name, method, path, token string
		status, code              int
	}{
		{"any version", "GET", "/v99.0/" + id + "/settings", "Bearer " + e.AccessToken(), 200, 0},
		{"no version", "GET", "/" + id + "/settings", "Bearer " + e.AccessToken(), 200, 0},
		{"slash at the end", "GET", "/" + id + "/settings/", "Bearer " + e.AccessToken(), 200, 0},
		{"no token", "GET", "/v25.0/" + id + "/settings", "", 401, 190},
		{"not bearer", "GET", "/v25.0/" + id + "/settings", e.AccessToken(), 401, 190},
		{"wrong token", "GET", "/v25.0/" + id + "/settings", "Bearer x", 401, 190},
		{"unknown number", "GET", "/v25.0/123/settings", "Bearer " + e.AccessToken(), 400, 100},
		{"unknown edge", "GET", "/v25.0/" + id + "/nothing", "Bearer " + e.AccessToken(), 400, 100},
		{"nothing", "GET", "/", "Bearer " + e.AccessToken(), 400, 100},
		{"wrong method", "DELETE", "/v25.0/" + id + "/calls", "Bearer " + e.AccessToken(), 400, 100},
		{"unknown object", "GET", "/v25.0/777", "Bearer " + e.AccessToken(), 400, 100},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(within(t), test.method, e.URL()+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", test.token)
			if got := do(t, req); got.Status != test.status || got.Code != test.code {
				t.Errorf("got %+v, want %d, code %d", got, test.status, test.code)
			}
		})
	}
	t.Run("expired token", func(t *testing.T) {
		old := e.AccessToken()
		e.SetAccessToken("new")
		req, err := http.NewRequestWithContext(within(t), "GET", e.GraphURL()+"/"+id+"/settings", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+old)
		if got := do(t, req); got.Code != 190 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("not JSON by its header", func(t *testing.T) {
		req, err := http.NewRequestWithContext(within(t), "POST", e.GraphURL()+"/"+id+"/calls", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+e.AccessToken())
		if got := do(t, req); got.Code != 100 || !strings.Contains(got.Detail, "Content-Type") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	call := ring(t, e)
	if got := act(t, e, call.ID(), "reject", ""); got.Body != `{"messaging_product":"whatsapp","success":true}` {
		t.Errorf("success body %s", got.Body)
	}
	bare := emulator(t, whatsapptest.WithRules(whatsapptest.Rules{BareSuccess: true}))
	call = ring(t, bare)
	if got := act(t, bare, call.ID(), "reject", ""); got.Body != `{"success":true}` {
		t.Errorf("bare success body %s", got.Body)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   whatsapptest.Fault
		status  int
		code    int
		body    string
		applied bool
	}{
		{name: "latency", fault: whatsapptest.Latency(30 * time.Millisecond), status: 200, applied: true},
		{name: "500", fault: whatsapptest.InternalError(), status: 500, code: 131000},
		{name: "503", fault: whatsapptest.Unavailable(), status: 503, body: "<!DOCTYPE html>"},
		{name: "reset", fault: whatsapptest.ResetAfterEffect(), applied: true},
		{name: "token", fault: whatsapptest.ExpiredToken(), status: 401, code: 190},
		{name: "rate", fault: whatsapptest.RateLimited(3 * time.Second), status: 429, code: 130429},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := emulator(t)
			call := ring(t, e)
			e.Inject(test.fault.On("calls", "reject"))
			start := time.Now()
			got := act(t, e, call.ID(), "reject", "")
			if got.Status != test.status || got.Code != test.code || !strings.HasPrefix(got.Body, test.body) {
				t.Errorf("got %+v", got)
			}
			if test.fault.Delay > time.Since(start) {
				t.Errorf("it took %v, want %v", time.Since(start), test.fault.Delay)
			}
			select {
			case <-call.Ended():
				if !test.applied {
					t.Error("the request took effect")
				}
			default:
				if test.applied {
					t.Error("the request took no effect")
				}
			}
			// A fault hits once unless told otherwise.
			if again := act(t, e, call.ID(), "reject", ""); !test.applied && again.Status != 200 {
				t.Errorf("the next request: %+v", again)
			}
		})
	}
	t.Run("Retry-After", func(t *testing.T) {
		e := emulator(t)
		e.Inject(whatsapptest.RateLimited(3 * time.Second).Repeat(-1))
		for range 3 {
			req, err := http.NewRequestWithContext(within(t), "GET", e.GraphURL()+"/"+e.PhoneNumberID()+"/settings", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.Header.Get("Retry-After") != "3" {
				t.Errorf("Retry-After %q", response.Header.Get("Retry-After"))
			}
		}
		e.ClearFaults()
		if got := graph(t, e, "GET", e.PhoneNumberID()+"/settings", nil); got.Status != 200 {
			t.Errorf("after ClearFaults: %+v", got)
		}
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	e := emulator(t, whatsapptest.WithRules(whatsapptest.Rules{NoStatuses: true}))
	inbound, _ := e.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	media := e.AddMedia("image/png", []byte("png"))
	text := func(body string) map[string]any { return map[string]any{"body": body} }
	message := func(kind string, content any, more ...any) map[string]any {
		m := map[string]any{"messaging_product": "whatsapp", "to": "+1 555 999 0000", "type": kind, kind: content}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	tests := []struct {
		name string
		body any
		code int
		want string
	}{
		{"text", message("text", text("hello")), 0, ""},
		{"text with a reply", message("text", text("hello"), "context", map[string]any{"message_id": inbound}), 0, ""},
		{"type left out", map[string]any{"messaging_product": "whatsapp", "to": "15559990000", "text": text("hello")}, 0, ""},
		{"longest text", message("text", text(strings.Repeat("x", 4096))), 0, ""},
		{"longer text", message("text", text(strings.Repeat("x", 4097))), 100, "4096"},
		{"longest text of emoji", message("text", text(strings.Repeat("😀", 2048))), 0, ""},
		{"longer text of emoji", message("text", text(strings.Repeat("😀", 2049))), 100, "4096"},
		{"empty text", message("text", text("")), 131008, "body"},
		{"text without body", message("text", map[string]any{}), 131008, "body"},
		{"text that is a string", message("text", "hello"), 100, "form of a message"},
		{"no recipient", message("text", text("hello"), "to", ""), 131008, "to"},
		{"to itself", message("text", text("hello"), "to", "+"+e.PhoneNumber()), 131021, "same"},
		{"unknown type", message("telegram", text("hello")), 100, `"telegram" is not a type`},
		{"content left out", message("text", text("x"), "type", "image"), 131008, "image"},
		{"stranger", message("text", text("hello"), "to", "+15550009999"), 131047, "24 hours"},
		{"template to a stranger", message("template", map[string]any{"name": "hello", "language": map[string]any{"code": "en"}}, "to", "+15550009999"), 0, ""},
		{"template without a name", message("template", map[string]any{}), 131008, "name"},
		{"image", message("image", map[string]any{"id": media}), 0, ""},
		{"image that is not there", message("image", map[string]any{"id": "42"}), 100, "not a valid"},
		{"image without id", message("image", map[string]any{}), 131008, "link"},
		{"buttons that are missing", message("interactive", map[string]any{"type": "button"}), 100, "buttons count"},
		{"interactive without type", message("interactive", map[string]any{}), 131008, "interactive['type']"},
		{"image that is a number", message("image", 7), 100, "JSON object"},
		{"contacts", message("contacts", []any{map[string]any{"name": map[string]any{"formatted_name": "Bob"}}}), 0, ""},
		{"read", map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": inbound}, 0, ""},
		{"read without id", map[string]any{"messaging_product": "whatsapp", "status": "read"}, 131008, "message_id"},
		{"read of nothing", map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}, 100, "no message"},
		{"another status", map[string]any{"messaging_product": "whatsapp", "status": "seen", "message_id": inbound}, 100, `"seen"`},
		{"typing of another type", map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": inbound, "typing_indicator": map[string]any{"type": "audio"}}, 100, "typing_indicator"},
		{"no product", map[string]any{"to": "1"}, 131008, "messaging_product"},
		{"another product", map[string]any{"messaging_product": "x"}, 100, "must be 'whatsapp'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := graph(t, e, http.MethodPost, e.PhoneNumberID()+"/messages", test.body)
			if got.Code != test.code || !strings.Contains(got.Detail, test.want) || test.code == 0 && got.Status != 200 {
				t.Errorf("got %+v, want code %d and %q", got, test.code, test.want)
			}
		})
	}
	first, err := e.WaitMessage(within(t), ada)
	if err != nil {
		t.Fatal(err)
	}
	second, err := e.WaitMessage(within(t), ada)
	if err != nil {
		t.Fatal(err)
	}
	if first.Text != "hello" || first.Type != "text" || second.ReplyTo != inbound || first.ID == second.ID {
		t.Errorf("messages %+v and %+v", first, second)
	}
}

func TestTyping(t *testing.T) {
	t.Parallel()
	e := emulator(t, whatsapptest.WithTimers(whatsapptest.Timers{Typing: 30 * time.Millisecond}), whatsapptest.WithRules(whatsapptest.Rules{NoStatuses: true}))
	id, _ := e.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	typing := map[string]any{"messaging_product": "whatsapp", "status": "read", "message_id": id, "typing_indicator": map[string]any{"type": "text"}}
	if got := graph(t, e, "POST", e.PhoneNumberID()+"/messages", typing); got.Body != `{"success":true}` {
		t.Fatalf("%+v", got)
	}
	if ended := await(t, e, whatsapptest.EventTypingEnded); ended.Detail != "time is over" {
		t.Errorf("typing ended because %s", ended.Detail)
	}
	slow := emulator(t, whatsapptest.WithRules(whatsapptest.Rules{NoStatuses: true}))
	id, _ = slow.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "hi"}})
	typing["message_id"] = id
	graph(t, slow, "POST", slow.PhoneNumberID()+"/messages", typing)
	graph(t, slow, "POST", slow.PhoneNumberID()+"/messages", map[string]any{"messaging_product": "whatsapp", "to": "15559990000", "type": "text", "text": map[string]any{"body": "hello"}})
	if ended := await(t, slow, whatsapptest.EventTypingEnded); ended.Detail != "a message came" {
		t.Errorf("typing ended because %s", ended.Detail)
	}
}

func TestMedia(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	upload := func(kind string, data []byte, product string) reply {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a"`}}
		if kind != "" {
			header.Set("Content-Type", kind)
		}
		part, err := form.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(data)
		_ = form.WriteField("messaging_product", product)
		_ = form.Close()
		req, err := http.NewRequestWithContext(within(t), "POST", e.GraphURL()+"/"+e.PhoneNumberID()+"/media", &body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+e.AccessToken())
		req.Header.Set("Content-Type", form.FormDataContentType())
		return do(t, req)
	}
	got := upload("audio/ogg; codecs=opus", []byte("sound"), "whatsapp")
	var id string
	if _, err := fmt.Sscanf(got.Body, `{"id":%q}`, &id); err != nil {
		t.Fatalf("upload: %+v", got)
	}
	if kind, data, err := e.Media(id); err != nil || kind != "audio/ogg; codecs=opus" || string(data) != "sound" {
		t.Errorf("stored %q %q %v", kind, data, err)
	}
	info := graph(t, e, "GET", id, nil)
	link := info.Body[strings.Index(info.Body, "http"):]
	link = link[:strings.Index(link, `"`)]
	if !strings.Contains(info.Body, `"file_size":"5"`) {
		t.Errorf("info %s", info.Body)
	}
	download := func(token string) reply {
		req, err := http.NewRequestWithContext(within(t), "GET", link, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", token)
		return do(t, req)
	}
	if got := download("Bearer " + e.AccessToken()); got.Status != 200 || got.Body != "sound" {
		t.Errorf("download: %+v", got)
	}
	if got := download(""); got.Status != 401 {
		t.Errorf("download without token: %+v", got)
	}
	e.ExpireLinks()
	if got := download("Bearer " + e.AccessToken()); got.Status != 404 {
		t.Errorf("download after five minutes: %+v", got)
	}
	if got := graph(t, e, "DELETE", id, nil); got.Body != `{"success":true}` {
		t.Errorf("delete: %+v", got)
	}
	if got := graph(t, e, "GET", id, nil); got.Code != 100 {
		t.Errorf("info after delete: %+v", got)
	}
	if _, _, err := e.Media(id); err == nil {
		t.Error("the file is still there")
	}
	if got := upload("image/png", make([]byte, 5<<20+1), "whatsapp"); got.Code != 131053 {
		t.Errorf("large image: %+v", got)
	}
	if got := upload("video/x-matroska", nil, "whatsapp"); got.Code != 131053 {
		t.Errorf("unsupported type: %+v", got)
	}
	if got := upload("image/png", nil, ""); got.Code != 131008 {
		t.Errorf("no product: %+v", got)
	}
	if got := upload("", nil, "whatsapp"); got.Code != 100 {
		t.Errorf("no type: %+v", got)
	}
}

func TestSettingsAndPermissions(t *testing.T) {
	t.Parallel()
	e := emulator(t)
	path := e.PhoneNumberID() + "/settings"
	if got := graph(t, e, "GET", path, nil); strings.Contains(got.Body, "srtp_key_exchange_protocol") {
		t.Errorf("unset member: %s", got.Body)
	}
	graph(t, e, "POST", path, `{"calling":{"status":"DISABLED","call_hours":{"status":"ENABLED"}}}`)
	if got := graph(t, e, "GET", path, nil); !strings.Contains(got.Body, "DISABLED") || !strings.Contains(got.Body, "call_hours") {
		t.Errorf("after the first POST: %s", got.Body)
	}
	offer := map[string]any{"messaging_product": "whatsapp", "action": "connect", "to": "+15558887777",
		"session": map[string]any{"sdp_type": "offer", "sdp": strings.Replace(goodAnswer, "active", "actpass", 1)}}
	if got := graph(t, e, "POST", e.PhoneNumberID()+"/calls", offer); got.Code != 138000 {
		t.Errorf("connect while calling is disabled: %+v", got)
	}
	graph(t, e, "POST", path, `{"calling":{"call_icon_visibility":"DISABLE_ALL"}}`)
	if got := graph(t, e, "GET", path, nil); !strings.Contains(got.Body, `"DISABLED"`) || strings.Contains(got.Body, "call_hours") {
		t.Errorf("after the second POST: %s", got.Body)
	}
	if got := graph(t, e, "POST", path, `{"calling":7}`); got.Code != 131008 {
		t.Errorf("bad settings: %+v", got)
	}
	ask := e.PhoneNumberID() + "/call_permissions?user_wa_id=15559990000"
	if got := graph(t, e, "GET", ask, nil); !strings.Contains(got.Body, "no_permission") {
		t.Errorf("permission: %s", got.Body)
	}
	e.Permit(ada, true)
	if got := graph(t, e, "GET", ask, nil); !strings.Contains(got.Body, `"permanent"`) {
		t.Errorf("permission: %s", got.Body)
	}
	if got := graph(t, e, "GET", e.PhoneNumberID()+"/call_permissions", nil); got.Code != 131008 {
		t.Errorf("no user: %+v", got)
	}
}
