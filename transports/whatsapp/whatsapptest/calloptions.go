package whatsapptest

import "time"

// CallOption changes one call.
type CallOption func(*callOptions)

type callOptions struct {
	unannounced bool
	oldOffer    bool
	noContacts  bool
	noDirection bool
	legacy      bool
	deeplink    string
	link        Link
	downlink    *Link
	replay      [][]byte
	unheard     bool
	slowDTLS    time.Duration
	rtpStart    *rtpStart
}

// rtpStart is where the user's RTP begins.
type rtpStart struct {
	sequence  uint16
	timestamp uint32
}

// Link is what the network does to packets in one direction. The zero value is a perfect one.
type Link struct {
	Loss    float64       // share of packets that are lost, from 0 to 1
	Jitter  time.Duration // each packet is late by up to this; more than 20 ms also reorders
	Reorder float64       // share of packets that are held back until the next one has overtaken them, from 0 to 1
	Repeat  float64       // share of packets that come twice, from 0 to 1
	Seed    uint64        // of the random numbers, so that a test can be run again
	Latency time.Duration // of every packet
}

// Unannounced places the call without its connect webhook: the test posts Call.ConnectWebhook itself, changed,
// late, twice or in a batch.
func Unannounced() CallOption { return func(o *callOptions) { o.unannounced = true } }

// OldOffer writes the offer in the layout of Meta's older samples: with header extensions, minptime=10 and the
// ufrag on the candidate line.
func OldOffer() CallOption { return func(o *callOptions) { o.oldOffer = true } }

// WithoutContacts leaves contacts out of the call's webhooks.
func WithoutContacts() CallOption { return func(o *callOptions) { o.noContacts = true } }

// WithoutDirection leaves direction out of the connect webhook.
func WithoutDirection() CallOption { return func(o *callOptions) { o.noDirection = true } }

// WithLegacyConnection adds the outdated connection.webrtc.sdp, which bots must ignore.
func WithLegacyConnection() CallOption { return func(o *callOptions) { o.legacy = true } }

// WithDeeplink adds a deeplink_payload.
func WithDeeplink(payload string) CallOption { return func(o *callOptions) { o.deeplink = payload } }

// WithLink makes the network from the user to the bot a bad one.
func WithLink(l Link) CallOption { return func(o *callOptions) { o.link = l } }

// WithDownlink makes the network from the bot to the user a bad one. The user's phone then has a jitter buffer, with
// error correction and concealment; see Call.Reception. Rules are checked before the network, so what it does is not
// held against the bot.
func WithDownlink(l Link) CallOption { return func(o *callOptions) { o.downlink = &l } }

// WithReplay lets the user's microphone send these Opus packets of 20 ms each, over and over, in place of a room: a
// caller who costs no encoding, for load tests. Say then fails with ErrReplay; keys can be pressed.
func WithReplay(packets [][]byte) CallOption { return func(o *callOptions) { o.replay = packets } }

// Unheard lets nobody listen: the bot's packets are checked and counted, but not decoded, unless they come over a
// WithDownlink, and no sound is kept. It is for load tests with many calls; Heard, Speech and Recording have
// nothing of the bot.
func Unheard() CallOption { return func(o *callOptions) { o.unheard = true } }

// WithSlowDTLS lets the bot's handshake wait for so long once ICE is up, as on a path that loses it.
func WithSlowDTLS(d time.Duration) CallOption { return func(o *callOptions) { o.slowDTLS = d } }

// WithRTPStart sets the first sequence number and timestamp of the user's packets, so that a test can let them wrap
// around. By default they are random.
func WithRTPStart(sequence uint16, timestamp uint32) CallOption {
	return func(o *callOptions) { o.rtpStart = &rtpStart{sequence, timestamp} }
}
