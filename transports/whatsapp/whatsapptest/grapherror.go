package whatsapptest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// GraphError is an error of the Graph API, in the form in which it goes over the wire.
type GraphError struct {
	Status    int            `json:"-"` // HTTP status
	Message   string         `json:"message"`
	Type      string         `json:"type"`
	Code      int            `json:"code"`
	Data      *GraphErrorTip `json:"error_data,omitempty"`
	Subcode   int            `json:"error_subcode,omitempty"`
	Transient bool           `json:"is_transient,omitempty"`
	TraceID   string         `json:"fbtrace_id"`
}

// GraphErrorTip carries the details of a GraphError.
type GraphErrorTip struct {
	Product string `json:"messaging_product"`
	Details string `json:"details"`
}

// Error returns the message and the details.
func (e *GraphError) Error() string {
	if e.Data != nil {
		return e.Message + ": " + e.Data.Details
	}
	return e.Message
}

// graphError builds an error with details.
func graphError(status, code int, message, details string) *GraphError {
	e := &GraphError{Status: status, Message: message, Type: "OAuthException", Code: code}
	if details != "" {
		e.Data = &GraphErrorTip{Product: "whatsapp", Details: details}
	}
	return e
}

// invalidParameter is code 100, the usual answer to a request that is wrong.
func invalidParameter(details string) *GraphError {
	return graphError(http.StatusBadRequest, 100, "(#100) Invalid parameter", details)
}

// missingParameter is code 131008.
func missingParameter(name string) *GraphError {
	return graphError(http.StatusBadRequest, 131008, "(#131008) Required parameter is missing",
		"Parameter '"+name+"' is mandatory")
}

// unknownObject is what Graph says for an id that it does not know.
func unknownObject(method, id string) *GraphError {
	e := graphError(http.StatusBadRequest, 100, "Unsupported "+method+" request. Object with ID '"+clip(id)+
		"' does not exist, cannot be loaded due to missing permissions, or does not support this operation.", "")
	e.Type, e.Subcode = "GraphMethodException", 33
	return e
}

// invalidToken is code 190.
func invalidToken(message string) *GraphError {
	return graphError(http.StatusUnauthorized, 190, message, "")
}

// write sends the error.
func (e *GraphError) write(w http.ResponseWriter) {
	body := *e
	if body.TraceID == "" {
		body.TraceID = traceID()
	}
	w.Header().Set("WWW-Authenticate", `OAuth "Facebook Platform" "`+body.Type+`" "`+http.StatusText(e.Status)+`"`)
	writeJSON(w, e.Status, struct {
		Error GraphError `json:"error"`
	}{body})
}

// writeJSON sends a value as Graph does.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // only a programming error can do that; say it rather than send half a body
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("facebook-api-version", "v25.0")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// traceID makes an fbtrace_id: "A" and 22 characters.
func traceID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return "A" + base64.RawURLEncoding.EncodeToString(b[:])
}
