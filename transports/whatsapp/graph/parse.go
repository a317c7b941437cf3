package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/parley-voice/parley/transports/whatsapp/internal/redact"
)

const (
	// maxAnswer is how much of an answer is read: JSON answers have a few hundred bytes.
	maxAnswer = 1 << 20
	// maxMessage, maxDetails and maxExcerpt are how much of an answer's words errors hold, in bytes.
	maxMessage = 300
	maxDetails = 500
	maxExcerpt = 160
)

// looseInt takes numbers also as strings, as some versions of the API write them, and takes anything else as 0.
type looseInt int

func (n *looseInt) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if v, err := strconv.ParseFloat(s, 64); err == nil && v >= -1e15 && v <= 1e15 {
		*n = looseInt(v)
	}
	return nil
}

// looseString takes strings, numbers and booleans, and takes anything else as "".
type looseString string

func (s *looseString) UnmarshalJSON(b []byte) error {
	var plain string
	if json.Unmarshal(b, &plain) == nil {
		*s = looseString(plain)
		return nil
	}
	if len(b) > 0 && b[0] != '{' && b[0] != '[' && string(b) != "null" {
		*s = looseString(b)
	}
	return nil
}

// errorBody is the form of Meta's errors. Only message, type, code and fbtrace_id are documented as always there,
// and not even they are relied on.
type errorBody struct {
	Message   looseString     `json:"message"`
	Type      looseString     `json:"type"`
	Code      looseInt        `json:"code"`
	Subcode   looseInt        `json:"error_subcode"`
	Transient bool            `json:"-"`
	RawTrans  json.RawMessage `json:"is_transient"`
	UserMsg   looseString     `json:"error_user_msg"`
	FBTraceID looseString     `json:"fbtrace_id"`
	Data      json.RawMessage `json:"error_data"`
}

// findError returns the error member of a JSON answer, if it has one.
func findError(body []byte) (errorBody, bool) {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil || len(outer.Error) == 0 || string(outer.Error) == "null" {
		return errorBody{}, false
	}
	var e errorBody
	if json.Unmarshal(outer.Error, &e) != nil {
		// Not an object; some proxies write {"error":"text"}.
		var text looseString
		_ = text.UnmarshalJSON(outer.Error)
		return errorBody{Message: text}, false
	}
	e.Transient = string(e.RawTrans) == "true"
	return e, true
}

// parseError makes an error of an answer that is not a success. Nothing of the answer is trusted to be there. Phone numbers in
// its words are cut to the last four digits, since errors end up in logs.
func parseError(op string, status int, header http.Header, body []byte) *Error {
	e := &Error{Op: op, HTTPStatus: status, RetryAfter: retryAfter(header.Get("Retry-After"), time.Now())}
	found, ok := findError(body)
	if !ok {
		e.Message = clip(redact.Numbers(string(found.Message)), maxMessage)
		if e.Message == "" {
			e.Message = excerpt(body)
		}
		return e
	}
	e.JSON = true
	e.Code, e.Subcode = int(found.Code), int(found.Subcode)
	e.Type, e.Transient = string(found.Type), found.Transient
	e.FBTraceID = clip(string(found.FBTraceID), 64)
	var data struct {
		Details looseString `json:"details"`
	}
	if json.Unmarshal(found.Data, &data) == nil {
		e.Details = string(data.Details)
	} else {
		var text looseString
		_ = text.UnmarshalJSON(found.Data)
		e.Details = string(text)
	}
	if e.Details == "" {
		e.Details = string(found.UserMsg)
	}
	e.Message, e.Details = clip(redact.Numbers(string(found.Message)), maxMessage), clip(redact.Numbers(e.Details), maxDetails)
	return e
}

// parseSuccess reads the answer to a request that was carried out into out, which may be nil.
func parseSuccess(op string, header http.Header, body []byte, out any) error {
	if e, ok := findError(body); ok && (e.Code != 0 || e.Message != "") {
		return parseError(op, http.StatusOK, header, body)
	}
	var status struct {
		Success *bool `json:"success"`
	}
	if err := json.Unmarshal(body, &status); err != nil {
		return fmt.Errorf("%w: %s: %q", ErrUnreadable, op, excerpt(body))
	}
	if status.Success != nil && !*status.Success {
		return &Error{Op: op, HTTPStatus: http.StatusOK, JSON: true, Message: "the answer says success: false"}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %s: %s", ErrUnreadable, op, redact.Numbers(err.Error()))
	}
	return nil
}

// retryAfter reads the header of that name: seconds or a date. It returns 0 for anything else, and at most an hour.
func retryAfter(value string, now time.Time) time.Duration {
	var d time.Duration
	if s, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && s >= 0 && s < 1e6 {
		d = time.Duration(s * float64(time.Second))
	} else if t, err := http.ParseTime(value); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), time.Hour)
}

// excerpt makes a short, printable line of a body, for an error message.
func excerpt(body []byte) string {
	if len(body) > 2000 {
		body = body[:2000]
	}
	fields := bytes.FieldsFunc(body, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	s := string(bytes.Join(fields, []byte(" ")))
	if s == "" {
		return "empty answer"
	}
	return clip(redact.Numbers(s), maxExcerpt)
}

// clip cuts a text to at most n bytes, at a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
