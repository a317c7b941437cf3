package whatsapptest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// The limits of calls of the business to one user.
const (
	permissionLife   = 7 * 24 * time.Hour // of a temporary permission
	asksPerDay       = 1
	asksPerWeek      = 2
	connectedPerDay  = 100
	unansweredRevoke = 4 // calls in a row that are not answered take the permission away
)

// grant is what a user permits the business, and what the business has used of it. The zero value permits nothing.
type grant struct {
	permanent  bool
	until      time.Time // of a temporary permission
	asks       []time.Time
	calls      []time.Time // that were connected
	unanswered int         // in a row
}

// Permit says whether the business may call a user, for good. Without a permission connect is refused with 138006.
func (e *Emulator) Permit(user User, allowed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.grant(user)
	g.permanent, g.until = allowed, time.Time{}
}

// Advance moves the clock of permissions and their limits on. Everything else keeps its time.
func (e *Emulator) Advance(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ahead += d
}

// clock is the time for permissions. It needs the lock.
func (e *Emulator) clock() time.Time { return time.Now().Add(e.ahead) }

// grant returns what is known of a user. It needs the lock.
func (e *Emulator) grant(user User) *grant {
	g := e.grants[user.key()]
	if g == nil {
		g = &grant{}
		e.grants[user.key()] = g
	}
	return g
}

func (g *grant) permits(now time.Time) bool { return g.permanent || now.Before(g.until) }

// since counts the times that are not older than a period, and tells when the oldest of them will be.
func since(times []time.Time, now time.Time, period time.Duration) (n int, ends time.Time) {
	for _, t := range times {
		if now.Sub(t) >= period {
			continue
		}
		if n == 0 {
			ends = t.Add(period)
		}
		n++
	}
	return n, ends
}

// checkCall is why the user cannot be called.
func (g *grant) checkCall(now time.Time) *GraphError {
	if !g.permits(now) {
		return graphError(http.StatusUnauthorized, 138006, "(#138006) No call permission", "No approved call permission from the recipient")
	}
	if n, ends := since(g.calls, now, 24*time.Hour); n >= connectedPerDay {
		return graphError(http.StatusBadRequest, 138012, "(#138012) Business initiated call limit hit",
			"Limit of calls to this user reached. Next call allowed at "+ends.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkAsk is why the user cannot be asked for permission.
func (g *grant) checkAsk(now time.Time) *GraphError {
	if g.permanent {
		return graphError(http.StatusBadRequest, 138017, "(#138017) Permanent permission exists", "The user has given a permanent call permission")
	}
	day, _ := since(g.asks, now, 24*time.Hour)
	week, _ := since(g.asks, now, 7*24*time.Hour)
	if day >= asksPerDay || week >= asksPerWeek {
		return graphError(http.StatusBadRequest, 138009, "(#138009) Call permission request limit hit", "Limit of call permission requests to this user reached")
	}
	return nil
}

// connected notes that the user picked up, which resets the limits of asking.
func (g *grant) connected(now time.Time) {
	g.calls = append(g.calls, now)
	g.asks, g.unanswered = nil, 0
}

// missed notes that the user did not pick up, and reports whether that cost the permission.
func (g *grant) missed() bool {
	g.unanswered++
	if g.unanswered < unansweredRevoke {
		return false
	}
	g.permanent, g.until, g.unanswered = false, time.Time{}, 0
	return true
}

// PermissionReply is how a user answers the question whether the business may call.
type PermissionReply struct {
	Accept    bool
	Permanent bool
	// Automatic means that not the user decides but WhatsApp.
	Automatic bool
	// Context is what the answer refers to; "" is the last question. NoContext leaves it out, as for permissions that
	// are given in the business's profile.
	Context   string
	NoContext bool
	// Life is how long a temporary permission lasts; 0 is a week.
	Life time.Duration
}

// AnswerPermission lets a user answer whether the business may call, and tells the bot.
func (e *Emulator) AnswerPermission(ctx context.Context, user User, r PermissionReply) error {
	_, err := e.deliver(ctx, e.PermissionWebhook(user, r), "")
	return err
}

// PermissionWebhook is the webhook of AnswerPermission; the permission counts from now on.
func (e *Emulator) PermissionWebhook(user User, r PermissionReply) Envelope {
	reply := map[string]any{"response": "reject", "response_source": "user_action"}
	if r.Automatic {
		reply["response_source"] = "automatic"
	}
	e.mu.Lock()
	g := e.grant(user)
	g.permanent, g.until = false, time.Time{}
	if r.Accept {
		reply["response"], reply["is_permanent"] = "accept", r.Permanent
		if g.permanent = r.Permanent; !r.Permanent {
			g.until = e.clock().Add(cmp.Or(r.Life, permissionLife))
			reply["expiration_timestamp"] = unixText(g.until.Unix())
		}
	}
	request := cmp.Or(r.Context, e.asked[user.key()])
	e.mu.Unlock()
	members := map[string]any{"interactive": map[string]any{"type": "call_permission_reply", "call_permission_reply": reply}}
	if !r.NoContext && request != "" {
		members["context"] = map[string]any{"from": e.cfg.displayPhone, "id": request}
	}
	_, envelope := e.MessageWebhook(user, "interactive", members)
	return envelope
}

// WaitPermissionRequest waits until the bot asks a user for the permission to call, and returns the question.
func (e *Emulator) WaitPermissionRequest(ctx context.Context, user User) (Message, error) {
	var found Message
	_, err := e.WaitFor(ctx, func(ev Event) bool {
		if ev.Kind != EventMessage || ev.User != user.key() {
			return false
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, m := range e.messages {
			if m.ID == ev.Detail && isPermissionRequest(m.Raw) && !e.waited[m.ID] {
				found, e.waited[m.ID] = m, true
				return true
			}
		}
		return false
	})
	return found, err
}

// servePermissions handles GET /{phone number id}/call_permissions.
func (e *Emulator) servePermissions(w http.ResponseWriter, r *request) {
	query := r.URL.Query()
	user := e.userOf(query.Get("user_wa_id"), query.Get("recipient"))
	if user.key() == "" {
		missingParameter("user_wa_id").write(w)
		return
	}
	e.mu.Lock()
	g, now := *e.grant(user), e.clock()
	e.mu.Unlock()
	permission := map[string]any{"status": "no_permission"}
	switch {
	case g.permanent:
		permission["status"] = "permanent"
	case g.permits(now):
		permission["status"], permission["expiration_time"] = "temporary", g.until.Unix()
	}
	limit := func(times []time.Time, name string, period time.Duration, most int) map[string]any {
		n, ends := since(times, now, period)
		l := map[string]any{"time_period": name, "max_allowed": most, "current_usage": n}
		if n > 0 {
			l["limit_expiration_time"] = ends.Unix()
		}
		return l
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp",
		"permission":        permission,
		"actions": []any{
			map[string]any{
				"action_name": "send_call_permission_request", "can_perform_action": g.checkAsk(now) == nil,
				"limits": []any{limit(g.asks, "PT24H", 24*time.Hour, asksPerDay), limit(g.asks, "P7D", 7*24*time.Hour, asksPerWeek)},
			},
			map[string]any{
				"action_name": "start_call", "can_perform_action": g.checkCall(now) == nil,
				"limits": []any{limit(g.calls, "PT24H", 24*time.Hour, connectedPerDay)},
			},
		},
	})
}

// userOf is the user that a request names by number or by business-scoped id.
func (e *Emulator) userOf(phone, id string) User {
	if phone == "" {
		return User{ID: id, Hidden: true}
	}
	return User{WaID: digits(phone)}
}

// permissionRequest is the part of a message that asks for the permission to call.
type permissionRequest struct {
	Type        string `json:"type"`
	Interactive struct {
		Type   string `json:"type"`
		Action struct {
			Name string `json:"name"`
		} `json:"action"`
	} `json:"interactive"`
}

func isPermissionRequest(raw []byte) bool {
	var m permissionRequest
	return json.Unmarshal(raw, &m) == nil && m.Type == "interactive" && m.Interactive.Type == "call_permission_request"
}

// askPermission notes that the bot asks a user for the permission to call, or says why it may not.
func (e *Emulator) askPermission(user User, raw []byte) *GraphError {
	var m permissionRequest
	if err := json.Unmarshal(raw, &m); err != nil || m.Interactive.Action.Name != "call_permission_request" {
		return invalidParameter("Param interactive['action']['name'] must be \"call_permission_request\"")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.grant(user)
	if err := g.checkAsk(e.clock()); err != nil {
		return err
	}
	g.asks = append(g.asks, e.clock())
	return nil
}
