package webhook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Errors end up in logs, so no phone number of a user is in them.
func TestFaultsHoldNoNumbers(t *testing.T) {
	t.Parallel()
	fault := `[{"code":131026,"title":"t 447903544430","message":"m +44 7903 544430","error_data":{"details":"d 447903544430"}}]`
	batch, err := webhook.Parse([]byte(wrap(`{"statuses":[{"id":"s","status":"failed","recipient_id":"447903544430","errors":` + fault + `}],
		"messages":[{"id":"m","from":"447903544430","type":"unsupported","errors":` + fault + `}],
		"calls":[{"id":"c","from":"447903544430","event":"terminate","errors":` + fault + `}]}`)))
	if err != nil || len(batch.Events) != 3 {
		t.Fatalf("%+v, %v", batch, err)
	}
	want := []webhook.Error{{Code: 131026, Title: "t …4430", Message: "m …4430", Details: "d …4430"}}
	for _, e := range batch.Events {
		var got []webhook.Error
		switch e := e.(type) {
		case *webhook.Status:
			got = e.Errors
		case *webhook.Message:
			got = e.Errors
		case *webhook.Terminate:
			got = e.Errors
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", e, diff)
		}
	}
}

func wrap(value string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"calls","value":` + value + `}]}]}`
}

func TestParse(t *testing.T) {
	t.Parallel()
	number := webhook.Metadata{DisplayPhoneNumber: "15550001111", PhoneNumberID: "600700"}
	meta := `"metadata":{"display_phone_number":"15550001111","phone_number_id":"600700"}`
	ada := webhook.User{Phone: "15559990000", WaID: "15559990000", UserID: "US.12", Name: "Ada", Username: "ada.l"}
	contacts := `"contacts":[{"profile":{"name":"Ada","username":"ada.l"},"wa_id":"15559990000","user_id":"US.12"}]`
	fault := []webhook.Error{{Code: 138021, Title: "t", Message: "m", Details: "d"}}
	at := time.Unix(1790000000, 0)
	tests := []struct {
		name, body string
		want       []webhook.Event
	}{
		{"connect", `{` + meta + `,` + contacts + `,"calls":[{"id":"wacid.X=","from":"15559990000","to":"15550001111","event":"connect",
			"timestamp":"1790000000","direction":"USER_INITIATED","session":{"sdp":"v=0\r\n","sdp_type":"offer"},
			"deeplink_payload":"campaign","cta_payload":"order","connection":{"webrtc":{"sdp":"{}"}}}]}`,
			[]webhook.Event{&webhook.Connect{Metadata: number, CallID: "wacid.X=", User: ada, Time: at,
				Direction: webhook.UserInitiated, SDPType: "offer", SDP: "v=0\r\n", DeeplinkPayload: "campaign", CTAPayload: "order"}}},
		{"connect without anything optional, numbers for strings",
			`{"calls":[{"id":77,"event":"CONNECT","timestamp":1790000000,"session":{"sdp":"x"}}]}`,
			[]webhook.Event{&webhook.Connect{CallID: "77", Time: at, Direction: webhook.UserInitiated, SDP: "x"}}},
		{"connect of a user without a number", `{"calls":[{"id":"a","event":"connect","from_user_id":"US.12","from_parent_user_id":"US.ENT.1"}]}`,
			[]webhook.Event{&webhook.Connect{CallID: "a", User: webhook.User{UserID: "US.12", ParentUserID: "US.ENT.1"},
				Direction: webhook.UserInitiated}}},
		{"connect of a call by the business", `{"calls":[{"id":"a","event":"connect","from":"15550001111","to":"15559990000",
			"session":{"sdp_type":"answer","sdp":"x"},"biz_opaque_callback_data":"ticket"}]}`,
			[]webhook.Event{&webhook.Connect{CallID: "a", User: webhook.User{Phone: "15559990000"},
				Direction: webhook.BusinessInitiated, SDPType: "answer", SDP: "x", Opaque: "ticket"}}},
		{"terminate", `{"calls":[{"id":"a","event":"terminate","timestamp":"1790000000","status":"Completed","start_time":1789999940,
			"end_time":"1790000000","duration":"60","biz_opaque_callback_data":"ticket"}]}`,
			[]webhook.Event{&webhook.Terminate{CallID: "a", Time: at, Direction: webhook.UserInitiated, Status: "COMPLETED",
				Start: at.Add(-time.Minute), End: at, Duration: time.Minute, Opaque: "ticket"}}},
		{"terminate with errors in both places, without href", `{"calls":[{"id":"a","event":"terminate","status":"FAILED",
			"errors":[{"code":138021,"title":"t","message":"m","error_data":{"details":"d"}}]}],
			"errors":[{"code":138021,"title":"t","message":"m","error_data":{"details":"d"}}]}`,
			[]webhook.Event{&webhook.Terminate{CallID: "a", Direction: webhook.UserInitiated, Status: "FAILED", Errors: fault}}},
		{"terminate with errors beside it only", `{"calls":[{"id":"a","event":"terminate"}],
			"errors":[{"code":"138021","title":"t","message":"m","error_data":{"details":"d"}}]}`,
			[]webhook.Event{&webhook.Terminate{CallID: "a", Direction: webhook.UserInitiated, Errors: fault}}},
		{"text", `{` + meta + `,` + contacts + `,"messages":[{"from":"15559990000","id":"wamid.1","timestamp":"1790000000","type":"text",
			"text":{"body":"hej \ud83d\udc4b"},"context":{"id":"wamid.0"}}]}`,
			[]webhook.Event{&webhook.Message{Metadata: number, ID: "wamid.1", User: ada, Time: at, Type: "text", Text: "hej 👋", ReplyTo: "wamid.0"}}},
		{"choices", `{"messages":[
			{"id":"1","type":"button","button":{"text":"Yes","payload":"yes"}},
			{"id":"2","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"No"}}},
			{"id":"3","type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Row"}}},
			{"id":"4","type":"unsupported","unsupported":{"type":"edit"},"errors":[{"code":131051}]}]}`,
			[]webhook.Event{
				&webhook.Message{ID: "1", Type: "button", Text: "Yes", ReplyID: "yes"},
				&webhook.Message{ID: "2", Type: "interactive", Subtype: "button_reply", Text: "No", ReplyID: "b1"},
				&webhook.Message{ID: "3", Type: "interactive", Subtype: "list_reply", Text: "Row", ReplyID: "r1"},
				&webhook.Message{ID: "4", Type: "unsupported", Subtype: "edit", Errors: []webhook.Error{{Code: 131051}}},
			}},
		{"calls, messages and statuses in one batch, in order", `{"statuses":[{"id":"s","status":"read"}],
			"messages":[{"id":"m","type":"text"}],"calls":[{"id":"a","event":"connect"},{"id":"b","event":"call_recording_available"}]}`,
			[]webhook.Event{
				&webhook.Connect{CallID: "a", Direction: webhook.UserInitiated},
				&webhook.Other{Field: "calls", Event: "call_recording_available"},
				&webhook.Message{ID: "m", Type: "text"},
				&webhook.Status{ID: "s", Status: "read", Call: true},
			}},
		{"an unknown field", `{"anything":true}`, []webhook.Event{&webhook.Other{Field: "calls"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := webhook.Parse([]byte(wrap(tt.body)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Events); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got.Misfits != 0 {
				t.Errorf("%d misfits", got.Misfits)
			}
		})
	}
}

// Key order, several entries and changes, and members of the wrong type beside good ones.
func TestParseSkipsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	body := `{"entry":[5,{"changes":"none"},{"changes":[{"value":[]},
		{"value":{"calls":[7,{"event":"connect","id":"a","timestamp":{"x":1},"session":"text"}],"messages":{}}}]},
		{"changes":[{"value":{"messages":[{"id":"m","type":"text","text":{"body":"hi"}}]}}]}],"object":"whatsapp_business_account"}`
	got, err := webhook.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := []webhook.Event{
		&webhook.Other{},
		&webhook.Connect{CallID: "a", Direction: webhook.UserInitiated},
		&webhook.Message{ID: "m", Type: "text", Text: "hi"},
	}
	if d := cmp.Diff(want, got.Events); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got.Misfits == 0 {
		t.Error("nothing was counted")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `hello`, `null`, `[]`, `"x"`, `{}`, `{"object":5}`, `{"object":"whatsapp_business_account"}`,
		`{"object":"whatsapp_business_account","entry":{}}`, `{"object":"whatsapp_business_account","entry":[]} x`,
		`{"object":"whatsapp_business_account","entry":[`, "{\"object\":\"\xff\"",
	} {
		if _, err := webhook.Parse([]byte(body)); !errors.Is(err, webhook.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", body, err)
		}
	}
}

func TestParseOtherObjects(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"object":"page","entry":[{"messaging":[]}]}`, `{"object":"whatsapp_business_account","entry":[]}`} {
		b, err := webhook.Parse([]byte(body))
		if err != nil || len(b.Events) != 0 {
			t.Errorf("%s: %+v, %v", body, b, err)
		}
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	body := []byte(`{"body":"\u00e4 \ud83d\udc4b \/"}`)
	good := webhook.Sign("secret", body)
	tests := []struct {
		name, header string
		want         bool
	}{
		{"good", good, true},
		{"missing", "", false},
		{"another secret", webhook.Sign("other", body), false},
		{"another body", webhook.Sign("secret", append(body, ' ')), false},
		{"prefix in capitals", strings.Replace(good, "sha256", "SHA256", 1), false},
		{"no prefix", strings.TrimPrefix(good, "sha256="), false},
		{"SHA-1 only", "sha1=0123456789012345678901234567890123456789", false},
		{"not hex", "sha256=zz", false},
		{"cut", good[:len(good)-2], false},
	}
	for _, tt := range tests {
		if got := webhook.Signed("secret", body, tt.header); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if !webhook.Signed("secret", body, "sha256="+strings.ToUpper(strings.TrimPrefix(good, "sha256="))) {
		t.Error("upper-case digits are refused")
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	u := webhook.User{Phone: "15559990000", WaID: "15559990000", UserID: "US.12345"}
	if d := cmp.Diff([]string{"US.12345", "15559990000"}, u.Keys()); d != "" {
		t.Error(d)
	}
	if got := u.String(); got != "…0000" {
		t.Errorf("got %s", got)
	}
	if got := (webhook.User{}).String(); got != "unknown" {
		t.Errorf("got %s", got)
	}
	if got := webhook.Digits("+1 (555) 999-0000"); got != "15559990000" {
		t.Errorf("got %s", got)
	}
}

// No body may crash the parser, and whatever it makes of one can be used.
func FuzzParse(f *testing.F) {
	f.Add(permissionBody(`{"response":"accept","is_permanent":false,"expiration_timestamp":"1790604900","response_source":"user_action"}`, ""))
	f.Add([]byte(wrap(`{"calls":[{"id":"a","event":"connect","timestamp":"1790000000","session":{"sdp":"v=0","sdp_type":"offer"}}]}`)))
	f.Add([]byte(wrap(`{"contacts":[{"wa_id":"1","profile":{"name":"A"}}],"messages":[{"from":1,"type":"text","text":{"body":"x"}}]}`)))
	f.Add([]byte(wrap(`{"calls":[{"event":"terminate","duration":"-1e300","start_time":1e99,"errors":[{"code":"1"}]}]}`)))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[null,{"changes":[null]}]}`))
	f.Add([]byte(`{"object":"page"}`))
	f.Add([]byte(strings.Repeat("[", 10000)))
	f.Fuzz(func(t *testing.T, body []byte) {
		b, err := webhook.Parse(body)
		if err != nil {
			if !errors.Is(err, webhook.ErrInvalid) {
				t.Errorf("%v is not ErrInvalid", err)
			}
			return
		}
		for _, e := range b.Events {
			switch e := e.(type) {
			case *webhook.Connect:
				_ = e.User.Keys()
				_ = e.Time.Format(time.RFC3339)
			case *webhook.Terminate:
				_ = e.Duration.String()
				for _, f := range e.Errors {
					_ = f.Error()
				}
			case nil:
				t.Error("an event is nil")
			}
		}
	})
}

// The bytes of a body must not matter to speed: a batch of 1,000 events of 3 MB is read in well under a second.
func BenchmarkParse1000(b *testing.B) {
	one := `{"from":"15559990000","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"` + strings.Repeat("x", 2900) + `"}}`
	body := []byte(wrap(`{"messages":[` + strings.Repeat(one+",", 999) + one + `]}`))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if got, err := webhook.Parse(body); err != nil || len(got.Events) != 1000 {
			b.Fatal(len(got.Events), err)
		}
	}
}

// A body is read, and the user's number stays hidden when it is printed.
func Example() {
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{
		"messages":[{"from":"15559990000","id":"wamid.1","type":"text","text":{"body":"Hello"}}]}}]}]}`)
	batch, err := webhook.Parse(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range batch.Events {
		if m, ok := e.(*webhook.Message); ok {
			fmt.Println(m.User, "writes:", m.Text)
		}
	}
	// Output: …0000 writes: Hello
}
