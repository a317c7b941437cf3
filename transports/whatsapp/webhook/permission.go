package webhook

import (
	"strings"
	"time"
)

// Permission is a user's answer to the question whether the business may call, or a permission that Meta gave or took
// back by itself. It comes among the messages. That a permission expires is not told.
type Permission struct {
	Metadata Metadata
	ID       string // of the message
	User     User
	Time     time.Time
	// ReplyTo is the id of the question, or of the call that the permission comes from. It is "" for permissions that are
	// given in the business's profile, and those that Meta takes back.
	ReplyTo  string
	Accepted bool
	// Permanent means that the permission does not expire.
	Permanent bool
	// Automatic means that Meta decided, and not the user: after calls that were not answered, for example.
	Automatic bool
	Expires   time.Time // zero if the permission is permanent, was not given, or it was not told
}

func (*Permission) event() {}

// permissionReply is the kind of interactive message that a Permission comes in.
const permissionReply = "call_permission_reply"

type wirePermission struct {
	Response  string    `json:"response"`
	Permanent wireBool  `json:"is_permanent"`
	Expires   time.Time `json:"expiration_timestamp"`
	Source    string    `json:"response_source"`
}

// wireBool takes true also as a string.
type wireBool string

func permissionEvent(m wireMessage, v wireValue) Event {
	p := m.Interactive.Permission
	e := &Permission{
		Metadata: v.Metadata, ID: m.ID, User: userOf(m.From, m.FromUserID, m.FromParentUserID, v.Contacts), Time: m.Timestamp,
		ReplyTo: m.Context.ID, Accepted: strings.EqualFold(p.Response, "accept"),
		Automatic: strings.EqualFold(p.Source, "automatic"),
	}
	if e.Accepted {
		e.Permanent = strings.EqualFold(string(p.Permanent), "true")
		if !e.Permanent {
			e.Expires = p.Expires
		}
	}
	return e
}
