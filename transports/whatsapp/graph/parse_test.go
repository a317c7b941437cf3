package graph

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, " 0.5 ": 500 * time.Millisecond, "-1": 0, "soon": 0, "NaN": 0, "1e300": 0,
		"99999": time.Hour, now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func TestParseErrorTolerates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body      string
		code      int
		json      bool
		inMessage string
	}{
		{`<html><body>503 Service   Unavailable</body></html>`, 0, false, "503 Service Unavailable"},
		{``, 0, false, "empty answer"},
		{`null`, 0, false, "null"},
		{`{"error":"gone"}`, 0, false, "gone"},
		{`{"error":null}`, 0, false, "error"},
		{`{"error":{}}`, 0, true, ""},
		{`{"error":{"code":"131047","message":7}}`, 131047, true, "7"},
		{`{"error":{"code":[],"error_data":"text","message":{}}}`, 0, true, ""},
	}
	for _, tt := range tests {
		e := parseError("op", 400, http.Header{}, []byte(tt.body))
		if e.Code != tt.code || e.JSON != tt.json || !strings.Contains(e.Message, tt.inMessage) {
			t.Errorf("%s: got %+v", tt.body, e)
		}
	}
}

// Errors end up in logs, so no phone number of a user is in them; when it may be tried again is known nevertheless.
func TestErrorsHoldNoNumbers(t *testing.T) {
	t.Parallel()
	const number = "447903544430"
	for _, body := range []string{
		`{"error":{"code":131026,"message":"m ` + number + `","error_data":{"details":"d +44 7903 544430"}}}`,
		`{"error":{"code":131026,"message":"m","error_data":"` + number + `"}}`,
		`{"error":{"code":131026,"message":"m","error_user_msg":"` + number + `"}}`,
		`{"error":"` + number + `"}`, `to ` + number,
		`{"error":{"code":1,"message":"` + strings.Repeat("x", maxMessage-5) + number + `"}}`, // which is cut
	} {
		e := parseError("op", 400, http.Header{}, []byte(body))
		if said := e.Error(); strings.Contains(said, "4479") || strings.Contains(said, "7903") || len(body) < maxMessage && !strings.Contains(said, "…4430") {
			t.Errorf("%s: %s", body, said)
		}
	}
	var out struct{ ID []int }
	for _, body := range []string{"to " + number, `{"id":` + number + `}`} {
		if err := parseSuccess("op", http.Header{}, []byte(body), &out); err == nil || strings.Contains(err.Error(), number) {
			t.Errorf("%s: %v", body, err)
		}
	}
	later := parseError("op", 400, http.Header{}, []byte(`{"error":{"code":138012,"message":"m","error_data":{"details":"next at 1796119200"}}}`))
	if at, ok := later.NextTime(); !ok || at.Unix() != 1796119200 {
		t.Errorf("the next time is %v, %v", at, ok)
	}
}

// Whatever a server answers, there is a verdict, and it can be printed.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"error_data":{"details":"d"}}}`,
		`{"error":{"code":"131056","error_data":"x","is_transient":"true"}}`, `{"success":true}`, `{"success":false}`,
		`<html>`, `[]`, `null`, `"`, `{"error":[1]}`, "\xff\xfe", `{"error":{"code":1e400}}`, `{"messages":[{"id":5}]}`,
	} {
		f.Add(200, s)
		f.Add(503, s)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		e := parseError("op", status, http.Header{"Retry-After": {body}}, []byte(body))
		if !utf8.ValidString(e.Error()) && utf8.ValidString(body) {
			t.Errorf("not UTF-8: %q", e.Error())
		}
		if e.RetryAfter < 0 || e.RetryAfter > time.Hour {
			t.Errorf("retry after %v", e.RetryAfter)
		}
		e.Retryable()
		var out struct {
			Messages []struct{ ID looseString }
		}
		if err := parseSuccess("op", http.Header{}, []byte(body), &out); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}
