package whatsapptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// session is the SDP in a request.
type session struct {
	Type string `json:"sdp_type"`
	SDP  string `json:"sdp"`
}

// callRequest is the body of POST calls.
type callRequest struct {
	Product   string   `json:"messaging_product"`
	Action    string   `json:"action"`
	CallID    string   `json:"call_id"`
	To        string   `json:"to"`
	Recipient string   `json:"recipient"`
	Session   *session `json:"session"`
	Opaque    string   `json:"biz_opaque_callback_data"`
}

// serveCalls handles POST /{phone number id}/calls.
func (e *Emulator) serveCalls(w http.ResponseWriter, r *request) {
	req, err := parseCallRequest(r.raw)
	if err != nil {
		err.write(w)
		return
	}
	if req.Action == "connect" {
		e.serveConnect(w, req)
		return
	}
	e.mu.Lock()
	call := e.calls[req.CallID]
	e.mu.Unlock()
	if call == nil {
		invalidParameter(fmt.Sprintf("Parameter 'call_id': there is no call %q", clip(req.CallID))).write(w)
		return
	}
	switch req.Action {
	case "pre_accept":
		err = call.preAccept(req)
	case "accept":
		err = call.accept(req)
	case "reject":
		err = call.reject()
	case "terminate":
		err = call.terminate()
	}
	if err != nil {
		err.write(w)
		return
	}
	e.success(w)
}

// success is the body of everything that has nothing else to say.
func (e *Emulator) success(w http.ResponseWriter) {
	body := map[string]any{"success": true}
	if !e.cfg.rules.BareSuccess {
		body["messaging_product"] = "whatsapp"
	}
	writeJSON(w, http.StatusOK, body)
}

// parseCallRequest reads a body and checks what all actions share and what each needs.
func parseCallRequest(raw []byte) (callRequest, *GraphError) {
	var req callRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		return req, invalidParameter("the body does not have the form of a call request: " + clip(err.Error()))
	}
	switch {
	case req.Product == "":
		return req, missingParameter("messaging_product")
	case req.Product != "whatsapp":
		return req, invalidParameter("Parameter 'messaging_product' must be 'whatsapp'")
	case req.Action == "":
		return req, missingParameter("action")
	case utf8.RuneCountInString(req.Opaque) > 512:
		return req, invalidParameter("Parameter 'biz_opaque_callback_data' has more than 512 characters")
	}
	needsSession := false
	switch req.Action {
	case "connect":
		needsSession = true
		if req.To == "" && req.Recipient == "" {
			return req, missingParameter("to")
		}
	case "pre_accept", "accept":
		needsSession = true
		if req.CallID == "" {
			return req, missingParameter("call_id")
		}
	case "reject", "terminate":
		if req.CallID == "" {
			return req, missingParameter("call_id")
		}
	default:
		return req, invalidParameter(fmt.Sprintf(
			"Parameter 'action': %q is not one of connect, pre_accept, accept, reject, terminate", clip(req.Action)))
	}
	if needsSession {
		switch {
		case req.Session == nil:
			return req, missingParameter("session")
		case req.Session.Type == "":
			return req, missingParameter("session.sdp_type")
		case req.Session.SDP == "":
			return req, missingParameter("session.sdp")
		}
	}
	return req, nil
}
