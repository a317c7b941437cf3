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

// disabled tells whether the business switched calling off.
func (e *Emulator) disabled() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.settings["status"]) == `"DISABLED"`
}
