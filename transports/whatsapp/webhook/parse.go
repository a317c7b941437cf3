package webhook

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/parley-voice/parley/transports/whatsapp/internal/redact"
)

// ErrInvalid is wrapped by the errors of Parse: the body is not a webhook's.
var ErrInvalid = errors.New("webhook: the body is not a notification")

// Batch is what one body holds.
type Batch struct {
	// Object is what the notification is about: "whatsapp_business_account", or else there are no Events.
	Object string
	Events []Event
	// Misfits counts the parts of the body that had an unexpected type and were skipped.
	Misfits int
}

// object is the only one that WhatsApp's notifications have.
const object = "whatsapp_business_account"

// Parse reads a body. It fails with ErrInvalid if the body is not JSON or has no resemblance to a notification;
// everything else is skipped and counted.
func Parse(body []byte) (Batch, error) {
	v, err := readJSON(body)
	if err != nil {
		return Batch{}, fmt.Errorf("%w: not valid JSON: %v", ErrInvalid, err)
	}
	top, ok := v.(map[string]any)
	if !ok {
		return Batch{}, fmt.Errorf("%w: not a JSON object", ErrInvalid)
	}
	name, ok := top["object"].(string)
	if !ok {
		return Batch{}, fmt.Errorf("%w: the member \"object\" is missing", ErrInvalid)
	}
	b := Batch{Object: name}
	if name != object {
		return b, nil
	}
	list, ok := top["entry"].([]any)
	if !ok {
		return Batch{}, fmt.Errorf("%w: the member \"entry\" is not a list", ErrInvalid)
	}
	var l loose
	var entries []wireEntry
	l.assign(reflect.ValueOf(&entries).Elem(), list)
	for _, e := range entries {
		for _, c := range e.Changes {
			b.Events = append(b.Events, eventsOf(c)...)
		}
	}
	b.Misfits = l.misfits
	return b, nil
}

// eventsOf returns the events of one change, in the order in which they stand.
func eventsOf(c wireChange) []Event {
	v := c.Value
	var events []Event
	for _, call := range v.Calls {
		events = append(events, callEvent(call, v))
	}
	for _, m := range v.Messages {
		if m.Interactive.Type == permissionReply {
			events = append(events, permissionEvent(m, v))
			continue
		}
		events = append(events, messageEvent(m, v))
	}
	for _, s := range v.Statuses {
		u := userOf(s.RecipientID, s.UserID, "", v.Contacts)
		events = append(events, &Status{
			Metadata: v.Metadata, ID: s.ID, Call: s.Type == "call" || c.Field == "calls", Status: clip(s.Status, maxWord), Time: s.Timestamp,
			User: u, Opaque: s.Opaque, Errors: errorsOf(s.Errors),
		})
	}
	if len(events) == 0 {
		events = append(events, &Other{Metadata: v.Metadata, Field: clip(c.Field, maxWord), Errors: errorsOf(v.Errors)})
	}
	return events
}

func callEvent(c wireCall, v wireValue) Event {
	direction := directionOf(c)
	user := userOf(c.From, c.FromUserID, c.FromParentUserID, v.Contacts)
	if direction == BusinessInitiated {
		user = userOf(c.To, c.ToUserID, c.ToParentUserID, v.Contacts)
	}
	switch strings.ToLower(c.Event) {
	case "connect":
		return &Connect{
			Metadata: v.Metadata, CallID: c.ID, User: user, Time: c.Timestamp, Direction: direction,
			SDPType: clip(strings.ToLower(c.Session.Type), maxWord), SDP: c.Session.SDP,
			DeeplinkPayload: c.DeeplinkPayload, CTAPayload: c.CTAPayload, Opaque: c.Opaque,
		}
	case "terminate":
		faults := c.Errors
		if len(faults) == 0 {
			faults = v.Errors // they stand in both places or in one
		}
		return &Terminate{
			Metadata: v.Metadata, CallID: c.ID, User: user, Time: c.Timestamp, Direction: direction,
			Status: clip(strings.ToUpper(c.Status), maxWord), Start: c.Start, End: c.End, Duration: c.Duration,
			Opaque: c.Opaque, Errors: errorsOf(faults),
		}
	}
	return &Other{Metadata: v.Metadata, Field: "calls", Event: clip(c.Event, maxWord), Errors: errorsOf(c.Errors)}
}

// directionOf tells who called. The member may be missing: then an answer shows that the business did.
func directionOf(c wireCall) Direction {
	switch d := Direction(strings.ToUpper(c.Direction)); {
	case d != "":
		return d
	case strings.EqualFold(c.Session.Type, "answer"):
		return BusinessInitiated
	}
	return UserInitiated
}

// errorsOf makes errors of Meta's faults. Phone numbers in their words are cut to the last four digits, since errors end up in logs.
func errorsOf(list []wireError) []Error {
	var out []Error
	for _, e := range list {
		out = append(out, Error{
			Code: e.Code, Title: told(e.Title), Message: told(e.Message), Details: told(e.Data.Details), Href: clip(e.Href, maxTold),
		})
	}
	return out
}

func told(s string) string { return clip(redact.Numbers(s), maxTold) }
