package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// journalGrace is how long the journal may take to write what is left when the bot ends.
const journalGrace = 5 * time.Second

// CallHandler handles a call. It is started while the phone still rings, and the call ends when it returns. Its
// context is cancelled, with the reason as its cause, when the call ends in another way.
type CallHandler func(ctx context.Context, call *Call) error

// MessageHandler answers a message.
type MessageHandler func(ctx context.Context, msg *Message) error

// Bot answers the calls and messages that come to a WhatsApp business phone number, or to several. It is safe for concurrent
// use. Make one with New, and end it with Shutdown.
type Bot struct {
	cfg       Config
	log       *slog.Logger
	line      *line            // of Config.PhoneNumberID
	lines     map[string]*line // of Config.MorePhoneNumberIDs
	endpoint  *rtc.Endpoint    // nil if problem is not
	problem   error
	guests    *guests
	book      *conversation.Book
	verify    string
	secret    atomic.Pointer[string]
	servers   atomic.Pointer[[]webrtc.ICEServer]
	onCall    atomic.Pointer[CallHandler]
	onMessage atomic.Pointer[MessageHandler]
	stats     stats
	load      loadMeter
	meta      graphWatch
	model     modelWatch
	sent      sentLog
	activity  activity
	pulse     *pulse // nil without a heartbeat
	mounted   sync.Once
	opening   sync.Once       // begins to open the journal
	draining  atomic.Bool     // no more calls are taken
	looking   *turnstile      // pictures that are being read
	hearing   *turnstile      // recordings
	reading   *turnstile      // documents
	ctx       context.Context // of message handlers
	cancel    context.CancelCauseFunc
	wg        sync.WaitGroup // everything that works for calls and messages
	journal   atomic.Pointer[journal.Journal]
	unopened  atomic.Pointer[string] // why the journal is not open; nil if nothing failed
	ready     chan struct{}          // closed when the journal is open

	onCallEnded  atomic.Pointer[CallEndedHandler]
	onPermission atomic.Pointer[func(webhook.Permission)] // told of permissions to call
	onVoicemail  atomic.Pointer[func(webhook.Message)]    // told of voicemails
	wishes       wishes                                   // calls that wait for one
	wishStore    wishStore
	granted      []wishRecord // of before the restart, until there is a handler; guarded by mu

	mu      sync.Mutex
	closed  bool
	closing chan struct{} // closed with it
	calls   map[string]*Call
	placing map[*Call]bool // calls of the business that have no id yet
	early   earlyCalls     // what came for them
	events  *seen          // (event, call id) of the last hours
	warned  *seen          // users who were told that they are not allowed
	starts  starts
	inboxes map[string]*inbox
	left    []*offer // messages of before the restart, until there is a handler
	held    undecided
}

// New makes a bot. It starts nothing: Mount it. A configuration that cannot work is told by Config.Validate, and by
// the bot's log and health; such a bot answers webhooks and rejects calls.
func New(cfg Config) *Bot {
	cfg = cfg.withDefaults()
	b := &Bot{
		cfg: cfg, log: cfg.Logger, verify: cfg.VerifyToken,
		guests:  newGuests(cfg.AllowedNumbers),
		book:    cfg.Conversations,
		calls:   make(map[string]*Call),
		placing: make(map[*Call]bool),
		events:  newSeen(1<<13, 6*time.Hour),
		warned:  newSeen(1<<12, cfg.RefusalPeriod),
		inboxes: make(map[string]*inbox),
		closing: make(chan struct{}), starts: newStarts(),
		ready:   make(chan struct{}),
		looking: newTurnstile(maxLooking, maxLooking/2, 0),
		hearing: newTurnstile(maxHearing(), maxHearing()/2, 0),
		reading: newTurnstile(maxReading, 1, maxReading/2),
	}
	b.wishStore.store = cfg.Journal
	client := graph.New(cfg.AccessToken, cfg.PhoneNumberID,
		slices.Concat([]graph.Option{graph.WithBaseURL(cfg.APIBaseURL), graph.WithObserver(b.asked)}, cfg.GraphOptions)...)
	b.line, b.lines = b.newLine(client, ""), b.newLines(client, cfg.MorePhoneNumberIDs)
	b.load.limit, b.load.log = cfg.MaxLateness, cfg.Logger
	if b.book == nil {
		b.book = newMemoryBook()
	}
	if cfg.Heartbeat.Period > 0 {
		b.pulse = b.newPulse()
	}
	b.ctx, b.cancel = context.WithCancelCause(context.Background())
	b.secret.Store(&cfg.AppSecret)
	b.servers.Store(&cfg.ICEServers)
	b.endpoint, b.problem = rtc.NewEndpoint(rtc.Config{
		PublicIPs: cfg.PublicIPs, PortMin: cfg.UDPPortMin, PortMax: cfg.UDPPortMax, Port: cfg.UDPPort, RelayOnly: cfg.RelayOnly, Logger: cfg.Logger,
	})
	if err := b.Err(); err != nil {
		b.log.Error("the bot cannot work as configured", "err", err)
	}
	if cfg.VerifyToken == "" {
		b.log.Warn("there is no verify token: Meta cannot register this webhook, and its request for that is answered 500")
	}
	if cfg.AppSecret == "" {
		b.log.Warn("THERE IS NO APP SECRET: webhooks are not verified, and anybody who finds the address can post calls and messages")
	}
	b.observe(BotStarted{b})
	return b
}

// Err says why the bot cannot work, if it cannot: what Config.Validate finds, or a UDP port that is taken.
func (b *Bot) Err() error { return errors.Join(b.cfg.Validate(), b.problem) }

// OnCall sets the handler of calls. Without one, calls are rejected.
func (b *Bot) OnCall(h CallHandler) {
	b.onCall.Store(&h)
	b.placeGranted()
}

// OnMessage sets the handler of messages. Without one, they are ignored.
func (b *Bot) OnMessage(h MessageHandler) {
	b.onMessage.Store(&h)
	b.resume()
}

// Graph is the client of the Graph API that the bot uses for Config.PhoneNumberID, for whatever else the number can do.
// Its For makes clients for further numbers.
func (b *Bot) Graph() *graph.Client { return b.line.graph }

// SetAccessToken replaces the access token, from the next request on.
func (b *Bot) SetAccessToken(token string) {
	b.line.graph.SetAccessToken(token)
	b.stats.unauthorized.Store(false)
}

// SetPhoneNumberID replaces the id of the first phone number, from the next request and event on.
func (b *Bot) SetPhoneNumberID(id string) { b.line.graph.SetPhoneNumberID(id) }

// SetAppSecret replaces the key of the webhook's signatures, from the next webhook on; "" switches the check off.
func (b *Bot) SetAppSecret(secret string) { b.secret.Store(&secret) }

// SetICEServers replaces the ICE servers, from the next call on. It fails with ErrConfig if one is malformed.
func (b *Bot) SetICEServers(servers []webrtc.ICEServer) error {
	if err := checkServers(servers); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	servers = slices.Clone(servers)
	b.servers.Store(&servers)
	return nil
}

// Calls returns the calls that are not ending, in no order.
func (b *Bot) Calls() []*Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*Call, 0, len(b.calls))
	for _, c := range b.calls {
		all = append(all, c)
	}
	for c := range b.placing {
		all = append(all, c)
	}
	return all
}

// TerminateAll ends all calls, at the same time, and returns when they have ended or ctx has.
func (b *Bot) TerminateAll(ctx context.Context) error { return b.endAll(ctx, ErrBotHungUp) }

func (b *Bot) endAll(ctx context.Context, reason error) error {
	calls := b.Calls()
	for _, c := range calls {
		c.post(event{what: stop, reason: reason})
	}
	for _, c := range calls {
		for _, over := range []chan struct{}{c.told, c.done} {
			select {
			case <-over:
			case <-ctx.Done():
				return fmt.Errorf("whatsapp: not all calls have ended: %w", context.Cause(ctx))
			}
		}
	}
	return nil
}

// Shutdown ends the bot: calls are ended, messages that are being answered are finished, and everything is freed.
// An answer that waits
// for Meta's limits is left to the next start, if Config.Journal outlives the process.
// If ctx ends before that, the rest is cut off; with Config.Journal, what is not answered is answered after the next start. New events are refused from the start, so that Meta repeats them later.
func (b *Bot) Shutdown(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	if !again {
		close(b.closing)
	}
	b.closed = true
	b.mu.Unlock()
	err := b.endAll(ctx, ErrShutdown)
	done := make(chan struct{})
	go func() { // ends with the last goroutine of the bot
		defer close(done)
		b.wg.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		b.cancel(ErrShutdown)
		select {
		case <-done:
		case <-time.After(handlerGrace):
			err = errors.Join(err, fmt.Errorf("whatsapp: shutdown: handlers do not return: %w", context.Cause(ctx)))
		}
	}
	b.cancel(ErrShutdown)
	if j := b.journal.Load(); j != nil {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalGrace)
		err = errors.Join(err, j.Close(end))
		cancel()
	}
	b.line.graph.Close()
	if b.endpoint != nil {
		err = errors.Join(err, b.endpoint.Close())
	}
	if !again {
		b.observe(BotEnded{b})
	}
	return err
}
