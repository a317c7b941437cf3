package whatsapptest

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
)

const (
	graphVersion = "v25.0"
	maxBody      = 4 << 20 // bytes of a JSON request
)

var versionSegment = regexp.MustCompile(`^v\d{1,3}(\.\d{1,3})?$`)

// Handler serves the Graph API, with any version in the path or none. New serves it already, on URL.
func (e *Emulator) Handler() http.Handler { return http.HandlerFunc(e.serve) }

// request is a Graph request on its way through the emulator.
type request struct {
	*http.Request
	segments []string // the path without the version
	endpoint string   // "calls", "messages", "media", "settings", "call_permissions", "object", "download", or ""
	action   string   // of a call; for messages the type
	body     map[string]json.RawMessage
	raw      []byte
}

// serve handles one Graph request: path, fault knobs, token, endpoint; and logs the answer.
func (e *Emulator) serve(w http.ResponseWriter, hr *http.Request) {
	answer := &answerRecorder{ResponseWriter: w}
	r, err := readRequest(hr)
	defer func() {
		detail := hr.Method + " " + r.name()
		e.log.add(Event{Kind: EventGraph, Status: answer.status, Call: r.text("call_id"), Detail: detail})
		e.cfg.log.Debug("graph", "request", detail, "status", answer.status)
	}()
	if err != nil {
		err.write(answer)
		return
	}
	if f := e.takeFault(r); f != nil {
		f.play(answer, r, e)
		return
	}
	e.dispatch(answer, r)
}

// dispatch checks the token and the id, and calls the endpoint.
func (e *Emulator) dispatch(w http.ResponseWriter, r *request) {
	if err := e.authorize(r); err != nil {
		err.write(w)
		return
	}
	if len(r.segments) == 2 && r.segments[0] == downloadSegment {
		e.download(w, r)
		return
	}
	if len(r.segments) == 1 {
		e.mediaObject(w, r)
		return
	}
	if len(r.segments) != 2 || r.segments[0] != e.cfg.phoneID {
		id := ""
		if len(r.segments) > 0 {
			id = r.segments[0]
		}
		unknownObject(strings.ToLower(r.Method), id).write(w)
		return
	}
	switch r.Method + " " + r.endpoint {
	case "POST calls":
		e.serveCalls(w, r)
	case "POST messages":
		e.serveMessages(w, r)
	case "POST media":
		e.upload(w, r)
	case "GET settings", "POST settings":
		e.serveSettings(w, r)
	case "GET call_permissions":
		e.servePermissions(w, r)
	default:
		unknownObject(strings.ToLower(r.Method), strings.Join(r.segments, "/")).write(w)
	}
}

// authorize checks the bearer token.
func (e *Emulator) authorize(r *request) *GraphError {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return invalidToken("An access token is required to request this resource.")
	}
	want := e.AccessToken()
	if want != "" && subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
		return invalidToken("Invalid OAuth access token - Cannot parse access token")
	}
	return nil
}

// readRequest takes path and JSON body apart. It always returns a request, for the log.
func readRequest(hr *http.Request) (*request, *GraphError) {
	r := &request{Request: hr}
	for _, segment := range strings.Split(hr.URL.Path, "/") {
		if segment != "" {
			r.segments = append(r.segments, segment)
		}
	}
	if len(r.segments) > 0 && versionSegment.MatchString(r.segments[0]) {
		r.segments = r.segments[1:]
	}
	switch {
	case len(r.segments) == 1:
		r.endpoint = "object"
	case len(r.segments) == 2 && r.segments[0] == downloadSegment:
		r.endpoint = "download"
	case len(r.segments) == 2:
		r.endpoint = r.segments[1]
	}
	if hr.Method != http.MethodPost || r.endpoint == "media" {
		return r, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, hr.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return r, invalidParameter("the request body is larger than 4 MB")
		}
		return r, invalidParameter("the request body cannot be read")
	}
	r.raw = raw
	if kind, _, _ := mime.ParseMediaType(hr.Header.Get("Content-Type")); kind != "application/json" {
		return r, invalidParameter("Content-Type is " + clip(hr.Header.Get("Content-Type")) + ", want application/json")
	}
	if err := json.Unmarshal(raw, &r.body); err != nil {
		return r, invalidParameter("the request body is not a JSON object")
	}
	r.action = r.text("action")
	if r.endpoint == "messages" {
		if r.action = r.text("type"); r.action == "" {
			r.action = r.text("status")
		}
	}
	return r, nil
}

// text returns a string member of the body, or "".
func (r *request) text(name string) string {
	var s string
	if json.Unmarshal(r.body[name], &s) != nil {
		return ""
	}
	return s
}

// name is how the log calls the request.
func (r *request) name() string {
	switch {
	case r.endpoint == "":
		return "unknown"
	case r.action != "":
		return r.endpoint + " " + clip(r.action)
	}
	return clip(r.endpoint)
}

// answerRecorder remembers the status for the log.
type answerRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers and passes on.
func (a *answerRecorder) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the connection.
func (a *answerRecorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// pause waits unless the emulator or the request ends first.
func (e *Emulator) pause(r *request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-e.ctx.Done():
	}
}
