package whatsapp

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// maxBody is the largest notification that is read. Meta's limit is 3 MB.
	maxBody = 4 << 20
	// bodyTimeout is how long a notification may take to come in. Meta itself gives up after about 20 s.
	bodyTimeout = 20 * time.Second
)

// Mount serves the bot below a group of routes: GET and POST /webhook, and GET /health. The address that is
// registered with Meta is that of the group with "/webhook". The first Mount opens the journal and begins the heartbeat, so set
// the handlers before.
func (b *Bot) Mount(g *echo.Group) {
	b.mounted.Do(func() {
		b.start()
		b.startPulse()
	})
	g.GET("/webhook", b.getWebhook)
	g.POST("/webhook", b.postWebhook)
	g.GET("/health", b.getHealth)
}

// getWebhook answers the question by which Meta verifies that the webhook is ours.
func (b *Bot) getWebhook(c echo.Context) error {
	if b.verify == "" {
		b.log.Error("Meta wants to verify the webhook, and there is no verify token")
		return c.String(http.StatusInternalServerError, "the verify token is not configured")
	}
	if c.QueryParam("hub.mode") != "subscribe" {
		return c.String(http.StatusForbidden, "hub.mode is not subscribe, as it is when Meta verifies a webhook")
	}
	if !sameSecret(c.QueryParam("hub.verify_token"), b.verify) {
		return c.String(http.StatusForbidden, "the verify token does not match")
	}
	// The challenge goes back as it came: it need not be a number. It is text and must never be shown as a page.
	c.Response().Header().Set(echo.HeaderXContentTypeOptions, "nosniff")
	return c.String(http.StatusOK, c.QueryParam("hub.challenge"))
}

// sameSecret compares in a time that depends neither on the secret nor on its length.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// postWebhook takes a notification. It waits for its body, and for the journal to have the messages in it.
func (b *Bot) postWebhook(c echo.Context) error {
	began := time.Now()
	b.stats.webhook()
	w, r := c.Response(), c.Request()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every server has one
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return b.reply(c, began, http.StatusRequestEntityTooLarge, "too_large")
		}
		return b.reply(c, began, http.StatusBadRequest, "unreadable")
	}
	if secret := *b.secret.Load(); secret != "" && !b.signed(secret, body, r.Header.Get(webhook.SignatureHeader)) {
		b.stats.refused.Add(1)
		b.log.Warn("a webhook with a wrong signature is refused; check the app secret", "from", r.RemoteAddr)
		return b.reply(c, began, http.StatusForbidden, "forbidden")
	}
	batch, err := webhook.Parse(body)
	if err != nil {
		b.stats.invalid.Add(1)
		b.log.Warn("a webhook cannot be read", "err", err)
		return b.reply(c, began, http.StatusOK, "invalid_payload")
	}
	if b.isClosed() {
		return b.reply(c, began, http.StatusServiceUnavailable, "shutting_down") // Meta repeats it
	}
	if !b.awaitJournal(r.Context()) {
		return b.reply(c, began, http.StatusServiceUnavailable, "starting")
	}
	taken, err := b.dispatch(b.limitBatch(batch))
	if err != nil {
		return b.refuseWebhook(c, began, err)
	}
	if taken > 0 {
		return b.reply(c, began, http.StatusOK, "processing")
	}
	if batch.Misfits > 0 && len(batch.Events) == 0 {
		b.stats.invalid.Add(1)
		return b.reply(c, began, http.StatusOK, "invalid_payload")
	}
	b.stats.ignored.Add(1)
	return b.reply(c, began, http.StatusOK, "ignored")
}

// refuseWebhook answers a notification that Meta is to send again.
func (b *Bot) refuseWebhook(c echo.Context, began time.Time, err error) error {
	switch {
	case errors.Is(err, errClosing):
		return b.reply(c, began, http.StatusServiceUnavailable, "shutting_down")
	case errors.Is(err, errBusy), errors.Is(err, journal.ErrFull), errors.Is(err, journal.ErrSlow):
		return b.reply(c, began, http.StatusServiceUnavailable, "busy")
	}
	b.stats.unstored.Add(1)
	return b.reply(c, began, http.StatusInternalServerError, "not_stored")
}

// reply answers a notification that began to come in at a time.
func (b *Bot) reply(c echo.Context, began time.Time, code int, status string) error {
	err := c.JSON(code, map[string]string{"status": status})
	if b.observed() {
		b.observe(WebhookHandled{Began: began, Duration: time.Since(began), Code: code, Status: status})
	}
	return err
}

func (b *Bot) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
