package webhook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// permissionBody is a notification of a user's answer.
func permissionBody(reply, context string) []byte {
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{
		"metadata":{"phone_number_id":"1"},"contacts":[{"wa_id":"15559990000","user_id":"US.1","profile":{"name":"Ada"}}],
		"messages":[{"from":"15559990000","id":"wamid.B","timestamp":"1790000100","type":"interactive",%s
		"interactive":{"type":"call_permission_reply","call_permission_reply":%s}}]}}]}]}`, context, reply)
}

func TestPermission(t *testing.T) {
	t.Parallel()
	const asked = `"context":{"from":"15550001111","id":"wamid.A"},`
	expires := time.Unix(1790604900, 0)
	for name, tt := range map[string]struct {
		reply, context string
		want           webhook.Permission
	}{
		"for a week":             {`{"response":"accept","is_permanent":false,"expiration_timestamp":"1790604900","response_source":"user_action"}`, asked, webhook.Permission{ReplyTo: "wamid.A", Accepted: true, Expires: expires}},
		"time as a number":       {`{"response":"accept","expiration_timestamp":1790604900}`, asked, webhook.Permission{ReplyTo: "wamid.A", Accepted: true, Expires: expires}},
		"for good":               {`{"response":"accept","is_permanent":true,"response_source":"user_action"}`, asked, webhook.Permission{ReplyTo: "wamid.A", Accepted: true, Permanent: true}},
		"for good, as a string":  {`{"response":"ACCEPT","is_permanent":"true","expiration_timestamp":"1790604900"}`, asked, webhook.Permission{ReplyTo: "wamid.A", Accepted: true, Permanent: true}},
		"in the profile":         {`{"response":"accept","is_permanent":true,"response_source":"user_action"}`, "", webhook.Permission{Accepted: true, Permanent: true}},
		"for a callback":         {`{"response":"accept","response_source":"automatic","expiration_timestamp":"1790604900"}`, `"context":{"id":"wacid.C=="},`, webhook.Permission{ReplyTo: "wacid.C==", Accepted: true, Automatic: true, Expires: expires}},
		"declined":               {`{"response":"reject","response_source":"user_action"}`, asked, webhook.Permission{ReplyTo: "wamid.A"}},
		"taken back":             {`{"response":"reject","response_source":"automatic","is_permanent":true}`, "", webhook.Permission{Automatic: true}},
		"nothing that is known":  {`{"response":"perhaps"}`, "", webhook.Permission{}},
		"nothing at all":         {`{}`, "", webhook.Permission{}},
		"not even an object":     {`"accept"`, "", webhook.Permission{}},
		"members of wrong types": {`{"response":["accept"],"is_permanent":{},"expiration_timestamp":"soon"}`, "", webhook.Permission{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := webhook.Parse(permissionBody(tt.reply, tt.context))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			want.Metadata.PhoneNumberID, want.ID, want.Time = "1", "wamid.B", time.Unix(1790000100, 0)
			want.User = webhook.User{Phone: "15559990000", WaID: "15559990000", UserID: "US.1", Name: "Ada"}
			if diff := cmp.Diff([]webhook.Event{&want}, b.Events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVoicemail(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		m    webhook.Message
		call string
	}{
		"voicemail":    {webhook.Message{Type: "audio", ID: "wacid.X="}, "wacid.X="},
		"voice note":   {webhook.Message{Type: "audio", ID: "wamid.X="}, ""},
		"another kind": {webhook.Message{Type: "text", ID: "wacid.X="}, ""},
	} {
		if call, ok := tt.m.Voicemail(); call != tt.call || ok != (call != "") {
			t.Errorf("%s: got %q, %v", name, call, ok)
		}
	}
}
