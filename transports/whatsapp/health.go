package whatsapp

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Health is how the bot is. It holds no secrets.
type Health struct {
	// Status is "active", or "degraded" if there are Issues.
	Status string   `json:"status"`
	Issues []string `json:"issues"`
	// ActiveCalls counts the calls that are not ending, and Calls counts them by state.
	ActiveCalls int            `json:"active_calls"`
	Calls       map[string]int `json:"calls"`
	// OldestCallSeconds is the age of the oldest of them.
	OldestCallSeconds int `json:"oldest_call_seconds"`
	// Answering counts the users whose messages are being answered.
	Answering int `json:"answering"`
	// ActiveChatSessions counts the users who wrote within the last 24 hours, of those who are allowed to.
	ActiveChatSessions int `json:"active_chat_sessions"`
	// Heartbeat is nil if there is none.
	Heartbeat *HeartbeatHealth `json:"heartbeat,omitempty"`
	// Graph is how the Graph API answers, and Load how well the running calls are served.
	Graph GraphHealth `json:"graph"`
	Load  LoadHealth  `json:"load"`
	// Model is how the language model answers.
	Model ModelHealth `json:"model"`
	// Configuration is what the bot was told.
	Configuration Configuration `json:"configuration"`
	// LastWebhook is when the last notification came; null before the first.
	LastWebhook *time.Time `json:"last_webhook"`
	// Counts are what came in since the start.
	Counts map[string]int64 `json:"counts"`
}

// Configuration is the part of a bot's configuration that its health shows.
type Configuration struct {
	VerifyTokenSet bool `json:"verify_token_set"`
	AppSecretSet   bool `json:"app_secret_set"`
	Mode           Mode `json:"mode"`
	// ResetCommand is "" if it is switched off. It has a meaning in Chat alone.
	ResetCommand string `json:"reset_command"`
	// AllowList tells whether only some users may use the bot, and AllowListSize how many.
	AllowList     bool `json:"allow_list"`
	AllowListSize int  `json:"allow_list_size"`
}

func (b *Bot) configuration() Configuration {
	return Configuration{
		VerifyTokenSet: b.verify != "", AppSecretSet: *b.secret.Load() != "", Mode: b.cfg.Mode, ResetCommand: b.cfg.resetCommand(),
		AllowList: len(b.guests.list) > 0, AllowListSize: b.guests.list.size(),
	}
}

// Health tells how the bot is.
func (b *Bot) Health() Health {
	h := Health{
		Status: "active", Issues: b.issues(), Calls: map[string]int{}, Configuration: b.configuration(),
		ActiveChatSessions: b.activity.active(time.Now()), Heartbeat: b.pulse.health(),
	}
	if len(h.Issues) > 0 {
		h.Status = "degraded"
	}
	for _, c := range b.Calls() {
		h.ActiveCalls++
		h.Calls[c.State().String()]++
		h.OldestCallSeconds = max(h.OldestCallSeconds, int(time.Since(c.began).Seconds()))
	}
	b.mu.Lock()
	h.Answering = len(b.inboxes)
	b.mu.Unlock()
	if n := b.stats.lastWebhook.Load(); n != 0 {
		t := time.Unix(0, n).UTC().Truncate(time.Second)
		h.LastWebhook = &t
	}
	s := &b.stats
	waiting, limited := b.outgoing()
	h.Counts = map[string]int64{
		"webhooks": s.webhooks.Load(), "webhooks_refused": s.refused.Load(), "webhooks_invalid": s.invalid.Load(),
		"webhooks_ignored": s.ignored.Load(), "calls": s.calls.Load(), "calls_placed": s.dialed.Load(), "messages": s.messages.Load(),
		"statuses": s.statuses.Load(), "other_events": s.others.Load(), "foreign_events": s.foreign.Load(),
		"graph_errors": s.graphErrors.Load(), "messages_busy": s.busy.Load(), "webhooks_not_stored": s.unstored.Load(),
		"messages_recovered": s.recovered.Load(), "messages_uncertain": s.uncertain.Load(), "calls_recovered": s.orphans.Load(),
		"messages_elsewhere": s.elsewhere.Load(), "messages_sent": s.sent.Load(), "messages_undelivered": s.undelivered.Load(),
		"outbox_waiting": waiting, "messages_limited": limited,
	}
	h.Graph, h.Load, h.Model = b.meta.get(), b.Load().health(), b.model.get()
	return h
}

// issues lists what keeps the bot from working as it should.
func (b *Bot) issues() []string {
	issues := []string{} // an empty list and not null in JSON
	add := func(is bool, text string) {
		if is {
			issues = append(issues, text)
		}
	}
	add(b.verify == "", "the verify token is not set: Meta cannot register the webhook")
	add(!b.line.graph.HasAccessToken(), "the access token is not set: nothing can be answered")
	add(b.line.graph.PhoneNumberID() == "", "the phone number id is not set: nothing can be answered")
	add(b.stats.unauthorized.Load(), "the Graph API refuses the access token: set a new one")
	unanswered := b.meta.get().issue()
	add(unanswered != "", unanswered)
	issues = append(issues, b.pauses()...)
	silent := b.model.get().issue()
	add(silent != "", silent)
	add(b.Load().Overloaded, "the machine is overloaded: new calls are refused until what callers hear is in time again")
	add(b.draining.Load(), "the bot goes down: no more calls are taken")
	if issue := b.journalIssue(); issue != "" {
		add(true, issue)
	}
	undecided := b.undecidedIssue()
	add(undecided != "", undecided)
	add(b.problem != nil, "calls cannot be answered: the media ports are not available")
	return issues
}

func (b *Bot) getHealth(c echo.Context) error { return c.JSON(http.StatusOK, b.Health()) }
