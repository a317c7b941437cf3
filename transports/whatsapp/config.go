package whatsapp

import (
	"context"
	"log/slog"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// DefaultNode is the name of a bot that shares its journal's store with no other.
const DefaultNode = "bot"

// Config is what a bot needs to know. AccessToken and PhoneNumberID are required; a bot without VerifyToken works
// but cannot be registered with Meta.
type Config struct {
	// AccessToken authenticates at the Graph API. It needs the permission whatsapp_business_messaging.
	AccessToken string
	// PhoneNumberID is Meta's id of the business phone number, which is not the number itself.
	PhoneNumberID string
	// MorePhoneNumberIDs are further numbers that the bot answers, with the same access token. Calls and messages are
	// answered by the number that they came to, and each number has conversations of its own.
	MorePhoneNumberIDs []string
	// VerifyToken is what Meta must present when the webhook is registered; you choose it.
	VerifyToken string
	// AppSecret is the key of the webhook's signatures. Without it anybody can post events.
	AppSecret string
	// PreviousAppSecret is accepted beside AppSecret, so that no webhook is refused while the secret is replaced. Take it out
	// when Meta signs with the new one.
	PreviousAppSecret string
	// APIBaseURL is the address of the Graph API with its version; "" is graph.DefaultBaseURL.
	APIBaseURL string

	// AllowedNumbers are the users who may call and write: numbers with country code, however written, or
	// business-scoped ids. If it is empty, everybody may. Who came once with a number and an id, of which one is listed, may
	// from then on come with the other alone, until an event tells that they belong together no more. The store of
	// Conversations keeps that over restarts, for all bots on it.
	AllowedNumbers []string
	// MaxCalls is how many calls there may be at once; further ones are rejected. 0 sets no limit.
	MaxCalls int
	// MaxLateness rejects further calls, with ErrOverloaded, while 5 % of the packets that leave for callers are later than
	// that, over 10 s, until it is less than half of that; see Load. 0 is 100 ms: what callers hear has gaps then, so one call
	// more would be served as badly and make it worse for all. Less than 0 sets no limit.
	MaxLateness time.Duration
	// RefusalPeriod is how often a user who is not allowed is told so at most; 0 is once an hour.
	RefusalPeriod time.Duration

	// Mode says what messages of one user have to do with each other; the default is Task.
	Mode Mode
	// ResetCommand is what a user writes, in Chat, to begin a new conversation, in capitals or not; "" is
	// DefaultResetCommand. The model never sees it.
	ResetCommand string
	// NoResetCommand leaves the command to the model, like any other text.
	NoResetCommand bool

	// ResetGreeting is what the agent is told, in Chat, when a user has begun a new conversation: its answer greets the
	// user. "" sends Texts.Reset, as does an agent that fails to greet. DefaultResetGreeting fits most agents.
	ResetGreeting string
	// Heartbeat lets the agent write by itself, every so often.
	Heartbeat Heartbeat

	// Debounce is how long the bot waits, in Chat, for more messages of a user before it answers them together; 0 is
	// 300 ms, and less than 0 answers each message by itself.
	Debounce time.Duration
	// DebounceLimit is how long after the first of such messages the answer begins at the latest; 0 is 1 s.
	DebounceLimit time.Duration
	// Supersede gives an answer up, in Chat, when a newer message of the user comes before any of it was sent; the
	// next answer is to both.
	Supersede bool

	// Throughput is how many messages each phone number sends in a second at most; 0 is 80, Meta's limit unless it has
	// raised it, and less than 0 is any number. Meta counts those that users write to the number, too: with many of them it
	// refuses some, which are sent a little later. Set it lower to leave room for them.
	Throughput float64
	// PairPause is the time for which a message to a user counts: Meta takes one in 6 s on average, and up to 45 at once
	// on credit. Further messages wait. 0 is 6 s, and less than 0 leaves it to Meta to refuse.
	PairPause time.Duration
	// OnWindowClosed chooses a template for a user who gets no other message, because the last one from there, or call,
	// is older than 24 hours. Text is what the user was to get. If it returns false, nothing is sent. It is called by
	// the goroutine that sends, also when Meta tells later that it dropped a message for this reason.
	OnWindowClosed func(ctx context.Context, to webhook.User, text string) (graph.Template, bool)

	// TTS speaks answers as voice notes, if VoiceNotes says so. Answers that are better read than heard are written
	// nevertheless: with code, addresses, tables or choices, or longer than 900 characters; so are those that cannot be spoken.
	TTS        services.TTS
	VoiceNotes VoiceMode
	// SendReasoning sends what the model thought, if its service tells, in italics before the answer: as much as fits
	// into one message.
	SendReasoning bool

	// NoFormat sends the model's text as it wrote it. Otherwise its Markdown becomes WhatsApp's markup.
	NoFormat bool

	// TextInCall lets the agent in a call read what the user writes meanwhile, in Chat, and answer it by voice. Else it is
	// answered in the chat while the call goes on.
	TextInCall bool
	// SummaryTurns is how often a user must have spoken in a call for the handler of OnCallEnded; 0 is 2.
	SummaryTurns int

	// STT turns voice notes into text, the same engine as in calls; nil answers them with Texts.Media.NoVoice.
	STT services.STT
	// Sounds decodes recordings that are neither Ogg/Opus nor WAV, such as MP3, M4A and AMR, and the sound of videos;
	// services/ffmpeg has one. nil answers such recordings with Texts.Media.Unknown.
	Sounds SoundDecoder
	// NoVideoSound leaves it at the captions of videos. Otherwise what is said in them is transcribed, if there are an STT
	// and Sounds.
	NoVideoSound bool
	// MaxVoice is the longest recording that is listened to; 0 is 5 minutes.
	MaxVoice time.Duration
	// Pictures gives the pictures that users send to the model, which must be able to see; see openai.WithVision. Without it
	// the model gets their captions, and pictures without one are answered with Texts.Media.NoPictures.
	Pictures bool
	// PictureTurns is for how many further turns of the user, in Chat, the model sees a picture again, so that it can be asked
	// about; 0 is 3, and less than 0 none. A picture that the user quotes is seen in any case. It is fetched from Meta
	// each time, which keeps it for 7 days; the conversation keeps nothing but its id.
	PictureTurns int
	// MaxFileBytes is the largest file that is fetched; 0 is 20 MB.
	MaxFileBytes int64
	// MaxDocument is how much of a document's text the model gets, in characters; 0 is 8,000.
	MaxDocument int

	// Conversations keeps what was said, by user; nil keeps it in memory.
	Conversations *conversation.Book
	// Journal keeps, over a crash of the process, which messages were accepted and which were answered, which calls
	// run, and which wait for the user's permission: see the package's documentation. It may be the store of the conversations, and remains the caller's to close,
	// after Shutdown. nil keeps it in memory: then nothing survives.
	Journal services.Store
	// Node names this bot among those that share the store of its journal; each must have a name of its own, and keep it over
	// restarts: what it had accepted is answered by the next one of that name. It has up to
	// 64 letters, digits, dots, dashes and underscores; "" is DefaultNode.
	Node string
	// Logger is where the bot reports; nil is slog.Default.
	Logger *slog.Logger

	// ICEServers are STUN and TURN servers, for hosts whose UDP is restricted. Meta's relays need none.
	ICEServers []webrtc.ICEServer
	// RelayOnly sends the media of all calls over the TURN servers among ICEServers, for hosts that cannot send UDP to
	// anywhere else.
	RelayOnly bool
	// PublicIPs are the addresses under which the internet knows this host, if they are not its own.
	PublicIPs []string
	// UDPPort is one port for the media of all calls; 0 gives each call a port of its own.
	UDPPort uint16
	// UDPPortMin and UDPPortMax limit the ports of calls; 0 leaves them to the system.
	UDPPortMin, UDPPortMax uint16

	// ConnectTimeout is how long ICE and DTLS may take; 0 is 10 s.
	ConnectTimeout time.Duration
	// RingTimeout is how long a user whom the bot calls may take to pick up; 0 is 60 s.
	RingTimeout time.Duration
	// PermissionWait is how long a call waits for the user's permission; 0 is 24 hours. Later the permission does not
	// place it any more.
	PermissionWait time.Duration
	// CallAsDTLSClient makes the bot begin the DTLS handshake of the calls that it places at once, even if Meta's answer says
	// that Meta does. Without it the bot begins if Meta has not within 1.5 s.
	CallAsDTLSClient bool
	// DisconnectGrace is how long a disturbed connection may take to recover, once nothing at all has come
	// for 5 s; 0 is 6 s.
	DisconnectGrace time.Duration
	// SilenceTimeout is how long no audio packet may come in a call, even if the connection lives; 0 is 30 s.
	SilenceTimeout time.Duration
	// MessageTimeout is how long the answer to a message may take, without what it waits for Meta's limits; 0 is 2 minutes.
	MessageTimeout time.Duration

	// MaxCallDuration is how long a call may last from the accept on; 0 sets no limit. 30 s before the end, or after half of a
	// limit of less than a minute, LimitWarning is spoken; "" takes DefaultLimitWarning.
	MaxCallDuration time.Duration
	LimitWarning    string
	// Goodbye is what callers hear who are still there when Drain's time is up; "" is DefaultGoodbye.
	Goodbye string
	// CallHours are the times at which calls are taken; others are rejected. The zero value is always.
	CallHours Hours
	// RecordDir is a folder that gets a stereo WAV file of every call that is accepted: the caller on the left, the
	// bot as the caller hears it on the right. "" records nothing. Tell your callers.
	RecordDir string

	// Observers see what happens, such as for metrics and traces.
	Observers []Observer

	// GraphOptions change the client of the Graph API, such as its deadlines.
	GraphOptions []graph.Option
	// Texts are what the bot itself says; empty ones have defaults.
	Texts Texts
}

// Texts are the messages that the bot sends by itself.
type Texts struct {
	// Apology is sent when the answer to a message failed.
	Apology string
	// ResetHint follows an apology in Chat, unless the reset command is switched off. It may have {command} in it.
	ResetHint string
	// Unreadable answers messages of kinds that the bot cannot read.
	Unreadable string
	// Media are about files that cannot be read.
	Media MediaTexts
	// NotAllowed answers users who are not on the list, at most once per RefusalPeriod.
	NotAllowed string
	// Choose is written above choices without a text, and Choices on the button that opens a list of them, in at most 20
	// characters.
	Choose, Choices string
	// FileFailed tells of files of an answer that could not be sent; {files} stands for their names.
	FileFailed string
	// Reset answers the reset command.
	Reset string
	// CallPermission asks a user whom the bot is to call for permission. WhatsApp adds the buttons.
	CallPermission string
}
