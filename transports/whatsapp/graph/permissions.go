package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// PermissionStatus says whether the business may call a user.
type PermissionStatus string

// The states of a permission. A user grants one for a week or for good, and can take it back.
const (
	NoPermission        PermissionStatus = "no_permission"
	TemporaryPermission PermissionStatus = "temporary"
	PermanentPermission PermissionStatus = "permanent"
)

// CallPermission is what the business may do about calling one user.
type CallPermission struct {
	Status  PermissionStatus
	Expires time.Time // of a temporary one; zero if it was not told
	// CanAsk and CanCall say whether Meta would take a request for the permission, or a call, now. Its limits are part
	// of that.
	CanAsk, CanCall bool
	// NextAsk and NextCall are when a limit ends that is in the way now; zero if none is, or it was not told.
	NextAsk, NextCall time.Time
}

// AskLimit is the error for a question that Meta would refuse: ErrPermissionLimit, with the time at which it ends, or
// ErrPermissionExists. It is nil if Meta would not.
func (p CallPermission) AskLimit() error {
	switch {
	case p.CanAsk:
		return nil
	case p.Status == PermanentPermission:
		return ErrPermissionExists
	case p.NextAsk.IsZero():
		return ErrPermissionLimit
	}
	return fmt.Errorf("%w: again at %s", ErrPermissionLimit, p.NextAsk.UTC().Format(time.RFC3339))
}

// CallPermission asks what the business may do about calling a user. Meta allows 100 such questions a second.
func (c *Client) CallPermission(ctx context.Context, of Address) (CallPermission, error) {
	const op = "read call permission"
	if err := of.check(); err != nil {
		return CallPermission{}, err
	}
	query := url.Values{}
	if of.Phone != "" {
		query.Set("user_wa_id", strings.TrimPrefix(of.Phone, "+"))
	} else {
		query.Set("recipient", of.UserID)
	}
	var answer struct {
		Permission struct {
			Status looseString `json:"status"`
			// Meta's own pages name it both ways.
			Expiration     looseInt `json:"expiration"`
			ExpirationTime looseInt `json:"expiration_time"`
		} `json:"permission"`
		Actions []struct {
			Name looseString `json:"action_name"`
			Can  bool        `json:"can_perform_action"`
			// Each limit has a period of its own.
			Limits []actionLimit `json:"limits"`
		} `json:"actions"`
	}
	if err := c.get(ctx, op, "call_permissions?"+query.Encode(), &answer); err != nil {
		return CallPermission{}, err
	}
	p := CallPermission{Status: PermissionStatus(strings.ToLower(string(answer.Permission.Status)))}
	if p.Status == "" {
		return CallPermission{}, fmt.Errorf("%w: %s: there is no status in it", ErrUnreadable, op)
	}
	if at := max(answer.Permission.Expiration, answer.Permission.ExpirationTime); at > 0 {
		p.Expires = time.Unix(int64(at), 0)
	}
	for _, a := range answer.Actions {
		switch a.Name {
		case "send_call_permission_request":
			p.CanAsk, p.NextAsk = a.Can, endOf(a.Limits)
		case "start_call":
			p.CanCall, p.NextCall = a.Can, endOf(a.Limits)
		}
	}
	return p, nil
}

// actionLimit is how often something may be done within a period.
type actionLimit struct {
	Allowed looseInt `json:"max_allowed"`
	Usage   looseInt `json:"current_usage"`
	Ends    looseInt `json:"limit_expiration_time"`
}

// endOf is when the last of the limits ends that are reached; zero if none is.
func endOf(limits []actionLimit) time.Time {
	var last looseInt
	for _, l := range limits {
		if l.Usage >= l.Allowed {
			last = max(last, l.Ends)
		}
	}
	if last <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(last), 0)
}

// RequestCallPermission sends a user a message that asks whether the business may call, with the given words, and returns
// the message's id. The user's answer comes by webhook. Meta takes one such request a day and two a week for each user,
// and only within 24 hours of the user's last message or call.
//
// An error for which OutcomeUnknown is true may hide a request that was sent.
func (c *Client) RequestCallPermission(ctx context.Context, to Address, words string) (messageID string, err error) {
	return c.Send(ctx, to, map[string]any{
		"type": "interactive",
		"interactive": map[string]any{
			"type":   "call_permission_request",
			"action": map[string]any{"name": "call_permission_request"},
			"body":   map[string]any{"text": words},
		},
	})
}

// CallSettings returns the settings of calls of the phone number, by name, such as "status" and "call_hours", as Meta
// tells them.
func (c *Client) CallSettings(ctx context.Context) (map[string]json.RawMessage, error) {
	const op = "read call settings"
	var answer struct {
		Calling map[string]json.RawMessage `json:"calling"`
	}
	if err := c.get(ctx, op, "settings", &answer); err != nil {
		return nil, err
	}
	if answer.Calling == nil {
		return nil, fmt.Errorf("%w: %s: there is no \"calling\" in it", ErrUnreadable, op)
	}
	return answer.Calling, nil
}

// UpdateCallSettings changes settings of calls. What is not among them stays as it is, but for "call_hours": Meta clears
// them unless they are given. It may take phones days to follow. The token needs whatsapp_business_management.
func (c *Client) UpdateCallSettings(ctx context.Context, calling map[string]any) error {
	return c.post(ctx, "update call settings", "settings", map[string]any{"calling": calling}, true, nil)
}

// get asks for something below the phone number.
func (c *Client) get(ctx context.Context, op, what string, out any) error {
	return c.do(ctx, request{
		op: op, method: http.MethodGet, url: func() string { return c.numberURL(what) }, again: true,
	}, out)
}
