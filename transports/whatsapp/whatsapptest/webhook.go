package whatsapptest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the legacy header is SHA-1
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Reply is how the bot answered a webhook.
type Reply struct {
	Status int
	Body   []byte
	Took   time.Duration
}

// PostOption changes how one webhook is posted.
type PostOption func(*post)

type post struct {
	secret string
	sha1   bool
	unsign bool
	header http.Header
	url    string
	callID string
}

// SignedWith signs with another app's secret.
func SignedWith(secret string) PostOption { return func(p *post) { p.secret = secret } }

// Unsigned sends no signature.
func Unsigned() PostOption { return func(p *post) { p.unsign = true } }

// SignedSHA1 sends only the legacy X-Hub-Signature header.
func SignedSHA1() PostOption { return func(p *post) { p.sha1 = true } }

// WithHeader sets a header, over those that the emulator sets.
func WithHeader(name, value string) PostOption {
	return func(p *post) { p.header.Set(name, value) }
}

// PostedTo posts to another address than that of SetWebhook, such as that of another bot behind the same load balancer.
func PostedTo(url string) PostOption { return func(p *post) { p.url = url } }

// Post delivers a webhook and returns the bot's reply, whatever its status. A []byte is sent as it is, anything
// else as JSON in Meta's way. It fails only when there is no reply.
func (e *Emulator) Post(ctx context.Context, payload any, opts ...PostOption) (Reply, error) {
	body, err := e.encode(payload)
	if err != nil {
		return Reply{}, err
	}
	e.mu.Lock()
	p := post{secret: e.cfg.appSecret, header: make(http.Header), url: e.webhook}
	e.mu.Unlock()
	for _, opt := range opts {
		opt(&p)
	}
	return e.post(ctx, body, &p)
}

// encode makes the bytes of a webhook.
func (e *Emulator) encode(payload any) ([]byte, error) {
	if raw, ok := payload.([]byte); ok {
		return raw, nil
	}
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return nil, fmt.Errorf("whatsapptest: encode the webhook: %w", err)
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if e.cfg.plainJSON {
		return body, nil
	}
	return escapeJSON(body), nil
}

// post sends the bytes once.
func (e *Emulator) post(ctx context.Context, body []byte, p *post) (Reply, error) {
	if p.url == "" {
		return Reply{}, ErrNoWebhook
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.timers.Webhook)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %q is not a URL", ErrWebhookUnreachable, p.url)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "facebookexternalua")
	if p.secret != "" && !p.unsign {
		if !p.sha1 {
			mac := hmac.New(sha256.New, []byte(p.secret))
			mac.Write(body)
			req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		}
		legacy := hmac.New(sha1.New, []byte(p.secret))
		legacy.Write(body)
		req.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(legacy.Sum(nil)))
	}
	for name, values := range p.header {
		req.Header[name] = values
	}
	start := time.Now()
	response, err := e.client.Do(req)
	if err != nil {
		err = unwrapURL(err)
		e.log.add(Event{Kind: EventWebhook, Call: p.callID, Detail: err.Error()})
		return Reply{}, fmt.Errorf("%w: POST %s: %w", ErrWebhookUnreachable, p.url, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	reply := Reply{Status: response.StatusCode, Body: answer, Took: time.Since(start)}
	e.log.add(Event{Kind: EventWebhook, Call: p.callID, Status: reply.Status, Detail: oneLine(answer)})
	if err != nil {
		return reply, fmt.Errorf("%w: read the answer of %s: %w", ErrWebhookUnreachable, p.url, err)
	}
	return reply, nil
}

// deliver posts an event until the bot answers 200 or the retries are used up.
func (e *Emulator) deliver(ctx context.Context, envelope Envelope, callID string) (Reply, error) {
	body, err := e.encode(envelope)
	if err != nil {
		return Reply{}, err
	}
	for try := 0; ; try++ {
		e.mu.Lock()
		p := post{secret: e.cfg.appSecret, header: make(http.Header), url: e.webhook, callID: callID}
		e.mu.Unlock()
		reply, err := e.post(ctx, body, &p)
		if err == nil && reply.Status == http.StatusOK {
			return reply, nil
		}
		if err == nil {
			err = fmt.Errorf("%w: POST %s answered %d: %s", ErrWebhookRefused, p.url, reply.Status, oneLine(reply.Body))
		}
		if try >= len(e.cfg.retries) || errors.Is(err, ErrNoWebhook) {
			return reply, err
		}
		timer := time.NewTimer(e.cfg.retries[try])
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return reply, err
		}
	}
}

// send delivers an event in the background; Close waits for it.
func (e *Emulator) send(envelope Envelope, callID string) {
	e.spawn(func() { // ends with the last try, or with Close
		if _, err := e.deliver(e.ctx, envelope, callID); err != nil && e.ctx.Err() == nil {
			e.cfg.log.Warn("webhook not delivered", "error", err)
		}
	})
}

// Verify does the webhook verification with a challenge that is no number, as Meta does when a callback URL is
// set up.
func (e *Emulator) Verify(ctx context.Context) error {
	return e.VerifyWith(ctx, e.cfg.verifyToken, "challenge-"+rand.Text())
}

// VerifyWith does the webhook verification with a token and a challenge of the test's choice. It returns
// ErrVerification unless the bot echoes the challenge with 200.
func (e *Emulator) VerifyWith(ctx context.Context, token, challenge string) error {
	e.mu.Lock()
	target := e.webhook
	e.mu.Unlock()
	if target == "" {
		return ErrNoWebhook
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.timers.Webhook)
	defer cancel()
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {token}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("%w: %q is not a URL", ErrWebhookUnreachable, target)
	}
	response, err := e.client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: GET %s: %w", ErrWebhookUnreachable, target, unwrapURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("%w: read the answer of %s: %w", ErrWebhookUnreachable, target, err)
	}
	if response.StatusCode != http.StatusOK || string(body) != challenge {
		return fmt.Errorf("%w: GET %s answered %d and %q instead of the challenge",
			ErrVerification, target, response.StatusCode, oneLine(body))
	}
	e.log.add(Event{Kind: EventWebhookVerified, Status: response.StatusCode})
	return nil
}

// unwrapURL takes net/http's wrapping off an error: it repeats the URL, which holds the verify token.
func unwrapURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// oneLine is the beginning of an answer, for messages and the log.
func oneLine(body []byte) string { return clip(strings.Join(strings.Fields(string(body)), " ")) }
