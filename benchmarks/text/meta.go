package text

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

const (
	token, number, secret = "token", "600700800900100", "secret"
	// patience is how long anything may take that takes milliseconds on an idle machine.
	patience = 30 * time.Second
	// connections is how many webhooks are under way at the same time at most; others wait, and that counts.
	connections = 64
	// question is every message.
	question = "Could you tell me when you open tomorrow?"
)

// userNumber is a user's telephone number.
func userNumber(user int) string { return fmt.Sprintf("1555%07d", user) }

// meta is Meta's side: it takes every request, and notes when the answer to a user came.
type meta struct {
	server *httptest.Server
	client *http.Client
	url    string        // of the webhook
	slots  chan struct{} // has an element for each webhook under way

	mu      sync.Mutex
	waiting map[string][]chan time.Time // by user: each of the bot's answers is for the first
	failed  error
}

func newMeta() *meta {
	m := &meta{waiting: make(map[string][]chan time.Time), slots: make(chan struct{}, connections), client: &http.Client{
		Timeout: patience, Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections},
	}}
	m.server = httptest.NewServer(http.HandlerFunc(m.serve))
	return m
}

func (m *meta) close() {
	m.client.CloseIdleConnections()
	m.server.Close()
}

// serve answers the bot's requests.
func (m *meta) serve(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	var body struct{ To, Status string }
	err := json.NewDecoder(r.Body).Decode(&body)
	w.Header().Set("Content-Type", "application/json")
	if err != nil || body.To == "" {
		_, _ = io.WriteString(w, `{"success":true}`)
		return
	}
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","contacts":[{"input":%q,"wa_id":%q}],"messages":[{"id":"wamid.%d"}]}`,
		body.To, body.To, at.UnixNano())
	m.mu.Lock()
	defer m.mu.Unlock()
	user := strings.TrimPrefix(body.To, "+")
	list := m.waiting[user]
	if len(list) == 0 {
		m.failed = errors.New("text: an answer came that nobody waits for")
		return
	}
	list[0] <- at
	if m.waiting[user] = list[1:]; len(list) == 1 {
		delete(m.waiting, user)
	}
}

// times is what was measured of one message.
type times struct {
	webhook time.Duration // from when it was due until the webhook was answered
	request time.Duration // from when it was due until the answer to the user came
}

// write lets a user write, what was due at a time, and waits for the answer.
func (m *meta) write(ctx context.Context, user, id string, due time.Time) (t times, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answered := make(chan time.Time, 1)
	m.mu.Lock()
	m.waiting[user] = append(m.waiting[user], answered)
	m.mu.Unlock()
	body := fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":`+
		`{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":%q},`+
		`"contacts":[{"profile":{"name":"Ada"},"wa_id":%q}],"messages":[{"from":%q,"id":%q,"timestamp":"%d","type":"text",`+
		`"text":{"body":%q}}]}}]}]}`, number, user, user, id, time.Now().Unix(), question)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(body))
	if err != nil {
		return t, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	if err := m.post(req); err != nil {
		return t, err
	}
	t.webhook = time.Since(due)
	select {
	case at := <-answered:
		t.request = at.Sub(due)
		return t, nil
	case <-ctx.Done():
		return t, fmt.Errorf("text: a message was not answered: %w", ctx.Err())
	}
}

// post sends a webhook, as soon as there is a connection for it, and waits until it was answered.
func (m *meta) post(req *http.Request) error {
	m.slots <- struct{}{}
	defer func() { <-m.slots }()
	resp, err := m.client.Do(req)
	if err != nil {
		return fmt.Errorf("text: a webhook: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("text: the answer to a webhook: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("text: a webhook was answered %s", resp.Status)
	}
	return nil
}
