package whatsapptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf16"
)

const (
	// MaxTextUnits is how long a text message may be, in UTF-16 code units.
	MaxTextUnits = 4096
	// window is how long after a user's last message or call the business may write freely.
	window = 24 * time.Hour
)

// messageTypes are the types of messages that the Graph API knows.
var messageTypes = map[string]bool{
	"text": true, "reaction": true, "image": true, "video": true, "document": true, "sticker": true, "audio": true,
	"interactive": true, "template": true, "location": true, "contacts": true,
}

// messageRequest is the body of POST messages.
type messageRequest struct {
	Product   string `json:"messaging_product"`
	To        string `json:"to"`
	Recipient string `json:"recipient"`
	Type      string `json:"type"`
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Typing    *struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`
	Text *struct {
		Body *string `json:"body"`
	} `json:"text"`
	Context *struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	Opaque string `json:"biz_opaque_callback_data"`
}

// serveMessages handles POST /{phone number id}/messages.
func (e *Emulator) serveMessages(w http.ResponseWriter, r *request) {
	var req messageRequest
	if err := json.Unmarshal(r.raw, &req); err != nil {
		invalidParameter("the body does not have the form of a message: " + clip(err.Error())).write(w)
		return
	}
	switch {
	case req.Product == "":
		missingParameter("messaging_product").write(w)
		return
	case req.Product != "whatsapp":
		invalidParameter("Parameter 'messaging_product' must be 'whatsapp'").write(w)
		return
	case req.Status != "":
		e.serveRead(w, req)
		return
	}
	if err := e.checkMessage(req, r.body); err != nil {
		err.write(w)
		return
	}
	if isPermissionRequest(r.raw) {
		if err := e.askPermission(e.userOf(req.To, req.Recipient), r.raw); err != nil {
			err.write(w)
			return
		}
	}
	e.acceptMessage(w, req, r)
}

// checkMessage checks what all messages share, and the text.
func (e *Emulator) checkMessage(req messageRequest, body map[string]json.RawMessage) *GraphError {
	kind := req.Type
	if kind == "" {
		kind = "text"
	}
	switch {
	case req.To == "" && req.Recipient == "":
		return missingParameter("to")
	case !messageTypes[kind]:
		return invalidParameter(fmt.Sprintf("Param type: %q is not a type of message", clip(kind)))
	case len(body[kind]) == 0:
		return missingParameter(kind)
	case digits(req.To) == e.cfg.displayPhone:
		return graphError(http.StatusBadRequest, 131021, "(#131021) Recipient cannot be sender", "Recipient and sender phone number is same")
	}
	if err := e.checkContent(kind, req, body[kind]); err != nil {
		return err
	}
	if kind == "template" || e.cfg.rules.NoWindow {
		return nil
	}
	e.mu.Lock()
	seen := e.lastSeen[recipient(req)]
	e.mu.Unlock()
	if time.Since(seen) > window {
		return graphError(http.StatusBadRequest, 131047, "(#131047) Re-engagement message",
			"Message failed to send because more than 24 hours have passed since the customer last replied to this number.")
	}
	return nil
}

// checkContent checks the member that is named like the type.
func (e *Emulator) checkContent(kind string, req messageRequest, raw json.RawMessage) *GraphError {
	if kind == "text" {
		switch {
		case req.Text == nil || req.Text.Body == nil || *req.Text.Body == "":
			return missingParameter("text['body']")
		case textUnits(*req.Text.Body) > MaxTextUnits:
			return invalidParameter("Param text['body'] must be at most 4096 characters long.")
		}
		return nil
	}
	c, err := readContent(kind, raw)
	if err != nil {
		return err
	}
	switch kind {
	case "image", "video", "document", "sticker", "audio":
		return e.checkFile(kind, c)
	case "interactive":
		return checkInteractive(c)
	case "location":
		return checkPlace(c)
	case "reaction":
		return e.checkReaction(c)
	case "template":
		if c.Name == "" {
			return missingParameter("template['name']")
		}
		if c.Language.Code == "" {
			return missingParameter("template['language']['code']")
		}
	}
	return nil
}

// serveRead handles read receipts and typing indicators.
func (e *Emulator) serveRead(w http.ResponseWriter, req messageRequest) {
	if req.Status != "read" {
		invalidParameter(fmt.Sprintf("Param status: %q is not \"read\"", clip(req.Status))).write(w)
		return
	}
	if req.MessageID == "" {
		missingParameter("message_id").write(w)
		return
	}
	e.mu.Lock()
	user, ok := e.known[req.MessageID]
	e.mu.Unlock()
	if !ok {
		invalidParameter("Param message_id: there is no message of this id to mark as read").write(w)
		return
	}
	if req.Typing != nil && req.Typing.Type != "text" {
		invalidParameter("Param typing_indicator['type'] must be \"text\"").write(w)
		return
	}
	e.log.add(Event{Kind: EventRead, User: user, Detail: req.MessageID})
	if req.Typing != nil {
		e.startTyping(user, req.MessageID)
	}
	writeJSON(w, http.StatusOK, map[string]any{"success": true})
}

// startTyping shows the indicator until the bot's next message, or until its time is over.
func (e *Emulator) startTyping(user, messageID string) {
	e.log.add(Event{Kind: EventTyping, User: user, Detail: messageID})
	e.mu.Lock()
	defer e.mu.Unlock()
	if old := e.typing[user]; old != nil {
		old.timer.Stop()
	}
	shown := &typing{}
	shown.timer = time.AfterFunc(e.cfg.timers.Typing, func() { e.stopTyping(user, shown, "time is over") })
	e.typing[user] = shown
}

// typing is an indicator that is visible.
type typing struct{ timer *time.Timer }

// stopTyping hides an indicator; shown tells which one, nil any.
func (e *Emulator) stopTyping(user string, shown *typing, why string) {
	e.mu.Lock()
	current := e.typing[user]
	if current == nil || shown != nil && current != shown || e.closed {
		e.mu.Unlock()
		return
	}
	current.timer.Stop()
	delete(e.typing, user)
	e.mu.Unlock()
	e.log.add(Event{Kind: EventTypingEnded, User: user, Detail: why})
}

// acceptMessage stores a message and sends its statuses.
func (e *Emulator) acceptMessage(w http.ResponseWriter, req messageRequest, r *request) {
	to := recipient(req)
	m := Message{At: time.Now(), ID: newID("wamid.", to), To: to, Type: req.Type, Raw: r.raw}
	if m.Type == "" {
		m.Type = "text"
	}
	if req.Text != nil && req.Text.Body != nil {
		m.Text = *req.Text.Body
	}
	if req.Context != nil {
		m.ReplyTo = req.Context.MessageID
	}
	m.fill(r.body[m.Type])
	e.mu.Lock()
	if err := e.checkPace(to, m.At); err != nil {
		e.mu.Unlock()
		err.write(w)
		return
	}
	e.messages = append(e.messages, m)
	if isPermissionRequest(m.Raw) {
		e.asked[to] = m.ID
	}
	e.mu.Unlock()
	e.stopTyping(to, nil, "a message came")
	contact := map[string]any{"input": req.To, "wa_id": to}
	if req.To == "" {
		contact = map[string]any{"input": req.Recipient, "user_id": to}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "contacts": []any{contact},
		"messages": []any{map[string]any{"id": m.ID}},
	})
	e.log.add(Event{At: m.At, Kind: EventMessage, User: to, Detail: m.ID})
	if !e.cfg.rules.NoStatuses {
		e.sendStatuses(m, req)
	}
}

// sendStatuses tells the bot that its message was sent and delivered.
func (e *Emulator) sendStatuses(m Message, req messageRequest) {
	status := func(name string) Envelope {
		s := map[string]any{"id": m.ID, "status": name, "timestamp": unixText(time.Now().Unix())}
		if req.To != "" {
			s["recipient_id"] = m.To
		} else {
			s["recipient_user_id"] = m.To
		}
		if req.Opaque != "" {
			s["biz_opaque_callback_data"] = req.Opaque
		}
		if name == "sent" {
			s["pricing"] = map[string]any{"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
		}
		return e.envelope("messages", Value{Statuses: []map[string]any{s}})
	}
	e.spawn(func() { // ends when the bot answered both
		for _, name := range []string{"sent", "delivered"} {
			if _, err := e.deliver(e.ctx, status(name), ""); err != nil && e.ctx.Err() == nil {
				e.cfg.log.Debug("status not delivered", "error", err)
			}
		}
	})
}

// recipient is who gets a message: the digits of to, which wins, or a business-scoped id.
func recipient(req messageRequest) string {
	if req.To != "" {
		return digits(req.To)
	}
	return req.Recipient
}

// textUnits counts a text as the stricter reading of the limit does: in UTF-16 code units.
func textUnits(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
