package whatsapptest

import (
	"log/slog"
	"net/netip"
	"time"
)

// Option changes an Emulator.
type Option func(*config)

// config is what options change.
type config struct {
	listen       string
	appSecret    string
	verifyToken  string
	accessToken  string
	phoneID      string
	displayPhone string
	accountID    string
	webhook      string
	retries      []time.Duration
	plainJSON    bool
	timers       Timers
	rules        Rules
	outgoing     Outgoing
	room         float64
	pairPause    time.Duration // 0 is no limit
	pairBurst    int
	throughput   int // 0 is no limit
	relayAddr    netip.Addr
	log          *slog.Logger
}

// Timers are the time limits of a call and of its webhooks. Zero fields keep their default.
type Timers struct {
	// Answer is how long a call rings until the user gives up: 45 s (Meta says roughly 30 to 60 s).
	Answer time.Duration
	// FirstMedia is how long an accepted call waits for the bot's first packet: 20 s.
	FirstMedia time.Duration
	// Media is how long a call lives without any RTP or RTCP of the bot: 30 s.
	Media time.Duration
	// Webhook is how long a webhook may take: 20 s.
	Webhook time.Duration
	// Typing is how long a typing indicator is visible: 25 s.
	Typing time.Duration
}

// Rules are the strictness knobs of the emulator. The zero value is the strictest that is known to be true of
// the real thing.
type Rules struct {
	// Passive says what becomes of an answer with a=setup:passive.
	Passive PassiveRule
	// MediaFingerprint refuses a fingerprint that stands at session level.
	MediaFingerprint bool
	// LooseLineEnds takes SDP with LF alone.
	LooseLineEnds bool
	// StrictPacketTime refuses an SDP whose a=ptime is not 20.
	StrictPacketTime bool
	// WrongTypeIgnored takes a session whose sdp_type is not "answer" with 200 and then never connects, as
	// was reported of the real thing; otherwise it is refused.
	WrongTypeIgnored bool
	// NoWindow lets the bot write to users who have not been in touch for 24 hours, or ever.
	NoWindow bool
	// NoStatuses sends no sent and delivered statuses for the messages of the bot.
	NoStatuses bool
	// BareSuccess answers {"success":true} without messaging_product, as one of Meta's pages shows.
	BareSuccess bool
	// SilentRoleConflict drops connectivity checks of a bot that claims to be controlled, instead of 487.
	SilentRoleConflict bool
}

// PassiveRule says what becomes of an answer with a=setup:passive.
type PassiveRule uint8

// The ways to treat a passive answer.
const (
	PassiveRefused PassiveRule = iota // refused with code 100, which tells the developer at once
	PassiveStalls                     // taken with 200; DTLS never comes up, as with the real relays
	PassiveWorks                      // taken, and the relay sends the ClientHello
)

func defaults() config {
	return config{
		listen:       "127.0.0.1:0",
		appSecret:    "test-app-secret",
		verifyToken:  "test-verify-token",
		accessToken:  "test-access-token",
		phoneID:      "600700800900100",
		displayPhone: "15550001111",
		accountID:    "100200300400500",
		timers: Timers{
			Answer: 45 * time.Second, FirstMedia: 20 * time.Second, Media: 30 * time.Second,
			Webhook: 20 * time.Second, Typing: 25 * time.Second,
		},
		room: -65,
		log:  slog.New(slog.DiscardHandler),
	}
}

// WithListenAddr sets the host:port on which the Graph API is served. The default is a free loopback port.
func WithListenAddr(addr string) Option { return func(c *config) { c.listen = addr } }

// WithAppSecret sets the secret that webhooks are signed with. The empty string sends them unsigned.
func WithAppSecret(secret string) Option { return func(c *config) { c.appSecret = secret } }

// WithVerifyToken sets the token of the webhook verification.
func WithVerifyToken(token string) Option { return func(c *config) { c.verifyToken = token } }

// WithAccessToken sets the token that the bot has to show. The empty string takes any.
func WithAccessToken(token string) Option { return func(c *config) { c.accessToken = token } }

// WithPhoneNumber sets the business number: its Graph id and its digits.
func WithPhoneNumber(id, digits string) Option {
	return func(c *config) { c.phoneID, c.displayPhone = id, digits }
}

// WithWebhook sets the bot's webhook URL, such as http://127.0.0.1:8080/whatsapp/webhook.
func WithWebhook(url string) Option { return func(c *config) { c.webhook = url } }

// WithRetries makes webhooks that were not answered with 200 come again, after each of these waits. By
// default they come once.
func WithRetries(waits ...time.Duration) Option { return func(c *config) { c.retries = waits } }

// WithPlainJSON sends webhooks as ordinary JSON. By default characters outside of ASCII go as \uXXXX and
// slashes as \/, as Meta sends them.
func WithPlainJSON() Option { return func(c *config) { c.plainJSON = true } }

// WithTimers changes time limits; zero fields keep theirs.
func WithTimers(t Timers) Option {
	return func(c *config) {
		set := func(dst *time.Duration, v time.Duration) {
			if v > 0 {
				*dst = v
			}
		}
		set(&c.timers.Answer, t.Answer)
		set(&c.timers.FirstMedia, t.FirstMedia)
		set(&c.timers.Media, t.Media)
		set(&c.timers.Webhook, t.Webhook)
		set(&c.timers.Typing, t.Typing)
	}
}

// WithRules changes the strictness knobs.
func WithRules(r Rules) Option { return func(c *config) { c.rules = r } }

// WithRoomNoise sets the level of the noise in the caller's room, in dBFS. The default is -65: a quiet room,
// for no real microphone delivers digital silence. Values below -90 are digital silence.
func WithRoomNoise(dBFS float64) Option { return func(c *config) { c.room = dBFS } }

// WithRelayAddr sets the address on which calls listen for media. The default is 127.0.0.1.
func WithRelayAddr(addr netip.Addr) Option { return func(c *config) { c.relayAddr = addr } }

// WithLogger logs what happens; by default nothing is logged.
func WithLogger(log *slog.Logger) Option { return func(c *config) { c.log = log } }
