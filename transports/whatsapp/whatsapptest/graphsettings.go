package whatsapptest

import (
	"encoding/json"
	"maps"
	"net/http"
)

// serveSettings handles GET and POST /{phone number id}/settings: what is posted under "calling" comes back.
// Members stay as they are when a POST leaves them out, but call_hours is cleared by that, as on the real thing.
func (e *Emulator) serveSettings(w http.ResponseWriter, r *request) {
	if r.Method == http.MethodPost {
		var calling map[string]json.RawMessage
		if json.Unmarshal(r.body["calling"], &calling) != nil {
			missingParameter("calling").write(w)
			return
		}
		e.mu.Lock()
		delete(e.settings, "call_hours")
		maps.Copy(e.settings, calling)
		e.mu.Unlock()
		writeJSON(w, http.StatusOK, map[string]any{"success": true})
		return
	}
	e.mu.Lock()
	calling := map[string]json.RawMessage{
		"status": json.RawMessage(`"ENABLED"`), "call_icon_visibility": json.RawMessage(`"DEFAULT"`),
		"callback_permission_status": json.RawMessage(`"ENABLED"`),
	}
	maps.Copy(calling, e.settings)
	e.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"calling": calling})
}

// servePermissions handles GET /{phone number id}/call_permissions.
func (e *Emulator) servePermissions(w http.ResponseWriter, r *request) {
	query := r.URL.Query()
	user := User{WaID: digits(query.Get("user_wa_id"))}
	if user.WaID == "" {
		user = User{ID: query.Get("recipient"), Hidden: true}
	}
	if user.key() == "" {
		missingParameter("user_wa_id").write(w)
		return
	}
	e.mu.Lock()
	permitted := e.permits[user.key()]
	e.mu.Unlock()
	status := "no_permission"
	if permitted {
		status = "permanent"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp",
		"permission":        map[string]any{"status": status},
		"actions": []any{
			map[string]any{"action_name": "send_call_permission_request", "can_perform_action": !permitted},
			map[string]any{"action_name": "start_call", "can_perform_action": permitted},
		},
	})
}

// disabled tells whether the business switched calling off.
func (e *Emulator) disabled() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.settings["status"]) == `"DISABLED"`
}
