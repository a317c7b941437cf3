package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

func TestCallPermission(t *testing.T) {
	t.Parallel()
	const actions = `"actions":[{"action_name":"send_call_permission_request","can_perform_action":true},{"action_name":"start_call","can_perform_action":true}]`
	tests := []struct {
		name, body string
		want       graph.CallPermission
	}{
		{"temporary", `{"permission":{"status":"temporary","expiration_time":1790600000},` + actions + `}`,
			graph.CallPermission{Status: graph.TemporaryPermission, Expires: time.Unix(1790600000, 0), CanAsk: true, CanCall: true}},
		{"the other name of the time, as text", `{"permission":{"status":"temporary","expiration":"1790600000"}}`,
			graph.CallPermission{Status: graph.TemporaryPermission, Expires: time.Unix(1790600000, 0)}},
		{"permanent", `{"permission":{"status":"PERMANENT"},"actions":[{"action_name":"start_call","can_perform_action":true},{"action_name":"new"}]}`,
			graph.CallPermission{Status: graph.PermanentPermission, CanCall: true}},
		{"limits are reached", `{"permission":{"status":"no_permission"},"actions":[{"action_name":"send_call_permission_request","can_perform_action":false,
			"limits":[{"time_period":"PT24H","max_allowed":1,"current_usage":1,"limit_expiration_time":1790500000},
				{"time_period":"P7D","max_allowed":2,"current_usage":2,"limit_expiration_time":"1790600000"}]},
			{"action_name":"start_call","can_perform_action":false,"limits":[{"max_allowed":100,"current_usage":2,"limit_expiration_time":1790500000}]}]}`,
			graph.CallPermission{Status: graph.NoPermission, NextAsk: time.Unix(1790600000, 0)}},
		{"none", `{"permission":{"status":"no_permission"}}`, graph.CallPermission{Status: graph.NoPermission}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var query string
			c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
				query = r.Method + " " + r.URL.RequestURI()
				answer(200, tt.body)(w, r)
			})
			got, err := c.CallPermission(t.Context(), graph.Phone("+15559990000"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("permission (-want +got):\n%s", diff)
			}
			if want := "GET /v25.0/600700/call_permissions?user_wa_id=15559990000"; query != want {
				t.Errorf("request %q, want %q", query, want)
			}
		})
	}
	c, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("recipient"); got != "US.1&2" {
			t.Errorf("recipient %q", got)
		}
		answer(200, `{}`)(w, r)
	})
	if _, err := c.CallPermission(t.Context(), graph.UserID("US.1&2")); !errors.Is(err, graph.ErrUnreadable) {
		t.Errorf("an answer without a status: %v", err)
	}
	if _, err := c.CallPermission(t.Context(), graph.Address{}); err == nil {
		t.Error("nobody's permission was asked for")
	}
}

func TestRequestCallPermission(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(200, `{"messages":[{"id":"wamid.A"}]}`))
	id, err := c.RequestCallPermission(context.Background(), graph.Phone("15559990000"), "May we call you?")
	if err != nil || id != "wamid.A" {
		t.Fatalf("id %q, %v", id, err)
	}
	want := map[string]any{
		"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15559990000", "type": "interactive",
		"interactive": map[string]any{
			"type": "call_permission_request", "action": map[string]any{"name": "call_permission_request"},
			"body": map[string]any{"text": "May we call you?"},
		},
	}
	if diff := cmp.Diff(want, requests()[0].Body); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestCallSettings(t *testing.T) {
	t.Parallel()
	c, requests := server(t, answer(200, `{"calling":{"status":"ENABLED","call_hours":{"status":"DISABLED"}}}`), answer(200, `{"success":true}`), answer(200, `{}`))
	got, err := c.CallSettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]json.RawMessage{"status": json.RawMessage(`"ENABLED"`), "call_hours": json.RawMessage(`{"status":"DISABLED"}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if err := c.UpdateCallSettings(t.Context(), map[string]any{"status": "DISABLED"}); err != nil {
		t.Fatal(err)
	}
	r := requests()[1]
	if diff := cmp.Diff(map[string]any{"calling": map[string]any{"status": "DISABLED"}}, r.Body); diff != "" || r.Path != "/v25.0/600700/settings" || r.Method != "POST" {
		t.Errorf("%s %s (-want +got):\n%s", r.Method, r.Path, diff)
	}
	if _, err := c.CallSettings(t.Context()); !errors.Is(err, graph.ErrUnreadable) {
		t.Errorf("an answer without settings: %v", err)
	}
}
