package whatsapptest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest/internal/relay"
)

// Emulator plays Meta's side of the WhatsApp Business Cloud API for one business number: the Graph API that
// the bot calls, the webhooks that the bot receives, and the users who call it and write to it. Its methods
// may be called concurrently.
type Emulator struct {
	cfg         config
	log         eventLog
	certificate tls.Certificate
	client      *http.Client
	server      *http.Server
	listener    net.Listener
	ctx         context.Context //nolint:containedctx // the emulator's life: it ends with Close
	cancel      context.CancelFunc
	wg          sync.WaitGroup // the server, webhooks under way, the calls' goroutines

	mu       sync.Mutex
	closed   bool
	webhook  string
	token    string
	calls    map[string]*Call
	talking  map[string]*Call // by user, calls that are not over
	ended    []string         // ids of calls that are over, the oldest first
	faults   []*Fault
	messages []Message
	known    map[string]string // ids of messages that users sent, to the user
	typing   map[string]*typing
	media    map[string]*mediaObject
	links    map[string]mediaLink
	grants   map[string]*grant // by user
	ahead    time.Duration     // of the clock of permissions
	asked    map[string]string // by user: the last question for a permission
	waited   map[string]bool   // questions that WaitPermissionRequest handed out
	violated []Violation
	settings map[string]json.RawMessage
	taken    map[string]int // messages that WaitMessage handed out, by user
	pace     pace
	lastSeen map[string]time.Time // by user: what opens the 24 hour window
}

// New makes an emulator and serves its Graph API on a loopback port. Close it when done.
func New(opts ...Option) (*Emulator, error) {
	cfg := defaults()
	for _, opt := range opts {
		opt(&cfg)
	}
	certificate, err := relay.NewCertificate()
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: %w", err)
	}
	listener, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return nil, fmt.Errorf("whatsapptest: serve the Graph API on %s: %w", cfg.listen, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &Emulator{
		cfg: cfg, certificate: certificate, listener: listener, ctx: ctx, cancel: cancel,
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
		webhook: cfg.webhook, token: cfg.accessToken,
		calls: make(map[string]*Call), talking: make(map[string]*Call), known: make(map[string]string),
		typing: make(map[string]*typing), media: make(map[string]*mediaObject),
		links: make(map[string]mediaLink), grants: make(map[string]*grant), asked: make(map[string]string),
		waited: make(map[string]bool), settings: make(map[string]json.RawMessage),
		taken: make(map[string]int), lastSeen: make(map[string]time.Time),
	}
	e.server = &http.Server{Handler: e.Handler(), ReadHeaderTimeout: 10 * time.Second}
	e.wg.Go(func() { // ends when Close closes the server
		if err := e.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cfg.log.Error("the Graph API stopped", "error", err)
		}
	})
	return e, nil
}

// URL is where the Graph API is served, without a version and without a slash at its end.
func (e *Emulator) URL() string { return "http://" + e.listener.Addr().String() }

// GraphURL is URL with a version: what a bot takes as the base of its requests.
func (e *Emulator) GraphURL() string { return e.URL() + "/" + graphVersion }

// PhoneNumberID is the Graph id of the business number.
func (e *Emulator) PhoneNumberID() string { return e.cfg.phoneID }

// PhoneNumber is the business number, digits only.
func (e *Emulator) PhoneNumber() string { return e.cfg.displayPhone }

// AccessToken is the token that the bot has to show.
func (e *Emulator) AccessToken() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.token
}

// AppSecret is the secret that webhooks are signed with.
func (e *Emulator) AppSecret() string { return e.cfg.appSecret }

// VerifyToken is the token of the webhook verification.
func (e *Emulator) VerifyToken() string { return e.cfg.verifyToken }

// SetWebhook sets the bot's webhook URL.
func (e *Emulator) SetWebhook(url string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.webhook = url
}

// SetAccessToken changes the token that the bot has to show: the old one is expired from now on.
func (e *Emulator) SetAccessToken(token string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.token = token
}

// Calls returns the calls that are not over.
func (e *Emulator) Calls() []*Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := make([]*Call, 0, len(e.talking))
	for _, c := range e.talking {
		calls = append(calls, c)
	}
	return calls
}

// Close ends all calls without a word, stops the Graph API and waits for everything that the emulator started.
func (e *Emulator) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	for _, shown := range e.typing {
		shown.timer.Stop()
	}
	calls := make([]*Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	e.mu.Unlock()
	e.cancel()
	err := e.server.Close()
	for _, c := range calls {
		c.abandon()
	}
	e.wg.Wait()
	e.client.CloseIdleConnections()
	return err
}

// spawn runs f on a goroutine that Close waits for. It reports false when the emulator is closed.
func (e *Emulator) spawn(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.wg.Go(f)
	return true
}
