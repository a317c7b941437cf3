package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/parley-voice/parley/transports/whatsapp"
)

// config is what the bot can be told, by the environment or by flags of the same names: WHATSAPP_ACCESS_TOKEN is
// --whatsapp-access-token.
type config struct {
	AccessToken    string        `env:"WHATSAPP_ACCESS_TOKEN" secret:"yes" help:"token of the Graph API, with the permission whatsapp_business_messaging (required)"`
	PhoneNumberIDs []string      `env:"WHATSAPP_PHONE_NUMBER_ID" help:"Meta's id of the business phone number, or of several, comma separated (required)"`
	VerifyToken    string        `env:"WHATSAPP_VERIFY_TOKEN" secret:"yes" help:"what Meta must present to register the webhook; you choose it"`
	AppSecret      string        `env:"WHATSAPP_APP_SECRET" secret:"yes" help:"key of the webhook's signatures; without it they are not verified"`
	PreviousSecret string        `env:"WHATSAPP_PREVIOUS_APP_SECRET" secret:"yes" help:"the key before that, which is accepted too while the secret is replaced"`
	APIBaseURL     string        `env:"WHATSAPP_API_BASE_URL" help:"address of the Graph API with its version; empty is Meta's"`
	AllowedNumbers []string      `env:"WHATSAPP_ALLOWED_NUMBERS" help:"who may call and write, comma separated; empty is everybody"`
	Mode           whatsapp.Mode `env:"WHATSAPP_MODE" envDefault:"chat" help:"chat: one conversation with each user; task: each message by itself"`
	ResetCommand   string        `env:"WHATSAPP_RESET_COMMAND" envDefault:"/reset" help:"what a user writes to begin a new conversation; empty switches it off"`
	Debounce       time.Duration `env:"WHATSAPP_DEBOUNCE" envDefault:"300ms" help:"how long to wait for more texts before they are answered together, at most 1s; 0 answers each by itself"`
	DebounceLimit  time.Duration `env:"WHATSAPP_DEBOUNCE_LIMIT" envDefault:"1s" help:"how long after the first of them the answer begins at the latest"`
	RefusalPeriod  time.Duration `env:"WHATSAPP_REFUSAL_PERIOD" envDefault:"1h" help:"how often a user who may not use the bot is told so at most"`
	MessageTimeout time.Duration `env:"WHATSAPP_MESSAGE_TIMEOUT" envDefault:"2m" help:"how long the answer to a text may take, without what it waits for Meta's limits"`
	Pictures       bool          `env:"WHATSAPP_PICTURES" help:"give the pictures that users send to the model, which must be able to see, at an OpenAI-compatible server"`
	PictureTurns   int           `env:"WHATSAPP_PICTURE_TURNS" envDefault:"3" help:"for how many further messages of a user the model sees a picture again; 0 only if it is quoted"`
	MaxVoice       time.Duration `env:"WHATSAPP_MAX_VOICE" help:"the longest voice note that is listened to; 0 is 5m"`
	FFmpeg         string        `env:"WHATSAPP_FFMPEG" help:"path of the program ffmpeg, which decodes recordings that are no voice notes, such as MP3, and the sound of videos; empty takes the one on the PATH, none does without"`
	NoVideoSound   bool          `env:"WHATSAPP_NO_VIDEO_SOUND" help:"do not transcribe what is said in videos"`
	MaxFileBytes   int64         `env:"WHATSAPP_MAX_FILE_BYTES" help:"the largest file that is fetched, in bytes; 0 is 20 MB"`
	MaxDocument    int           `env:"WHATSAPP_MAX_DOCUMENT" help:"how much of a document the model gets, in characters; 0 is 8000"`
	Supersede      bool          `env:"WHATSAPP_SUPERSEDE" help:"give an answer up when the user writes more before it was sent"`
	Throughput     float64       `env:"WHATSAPP_THROUGHPUT" help:"how many messages a phone number may send in a second; 0 is 80, the limit of Meta unless it has raised it, which counts what users write, too"`
	PairPause      time.Duration `env:"WHATSAPP_PAIR_PAUSE" envDefault:"6s" help:"one message to a user in this time, on average; up to 45 at once, on credit. It is Meta's limit; 0 leaves it to Meta to refuse"`
	WindowTemplate templateName  `env:"WHATSAPP_WINDOW_TEMPLATE" help:"template without placeholders that a user gets instead of an answer when the last message from there is older than 24 hours, as NAME/LANGUAGE such as please_write/en_US; empty sends none"`
	TextsFile      string        `env:"WHATSAPP_TEXTS" help:"JSON file with what the bot itself says, such as its apology, in your words or language; see the README"`
	NoFormat       bool          `env:"WHATSAPP_NO_FORMAT" help:"send the model's Markdown as it is instead of in WhatsApp's markup"`
	MaxCalls       int           `env:"WHATSAPP_MAX_CALLS" help:"reject further calls when so many run; 0 sets no limit"`
	MaxLateness    time.Duration `env:"WHATSAPP_MAX_LATENESS" envDefault:"100ms" help:"reject further calls while 5 % of the packets that leave for callers are later than this, which means that the machine is overloaded; 0 sets no limit"`
	ICEServers     []string      `env:"WHATSAPP_ICE_SERVERS" help:"STUN and TURN servers for hosts whose UDP is restricted, comma separated, such as turn:turn.example.com:3478?transport=udp"`
	ICEUsername    string        `env:"WHATSAPP_ICE_USERNAME" help:"user name for the TURN servers"`
	ICECredential  string        `env:"WHATSAPP_ICE_CREDENTIAL" secret:"yes" help:"its password"`
	RelayOnly      bool          `env:"WHATSAPP_RELAY_ONLY" help:"send the media of all calls over the TURN servers, for hosts that cannot send UDP to anywhere else"`
	PublicIPs      []string      `env:"WHATSAPP_PUBLIC_IPS" help:"addresses under which the internet knows this host, comma separated, if they are not its own"`
	UDPPort        uint16        `env:"WHATSAPP_UDP_PORT" help:"one UDP port for the media of all calls; 0 gives each call its own"`
	UDPPorts       portRange     `env:"WHATSAPP_UDP_PORTS" help:"range of UDP ports for the media of calls, one for each, such as 10000-10199; ignored with WHATSAPP_UDP_PORT"`
	MaxDuration    time.Duration `env:"WHATSAPP_MAX_CALL_DURATION" help:"longest duration of a call, such as 10m; the bot warns 30 s before. 0 sets no limit"`
	CallHours      string        `env:"WHATSAPP_CALL_HOURS" help:"reject calls outside of these times, such as Mon-Fri 09:00-18:00, Sat 10:00-14:00 Europe/Berlin; empty is always"`
	Call           []string      `env:"WHATSAPP_CALL" flag:"call" help:"whom to call once the bot is up: numbers or user ids, comma separated. Who has not permitted it is asked, and called when they agree"`
	ConnectTimeout time.Duration `env:"WHATSAPP_CONNECT_TIMEOUT" envDefault:"10s" help:"how long the media connection of a call may take to come about"`
	LostGrace      time.Duration `env:"WHATSAPP_DISCONNECT_GRACE" envDefault:"6s" help:"how long a disturbed connection may take to recover, once nothing has come for 5 s"`
	SilenceTimeout time.Duration `env:"WHATSAPP_SILENCE_TIMEOUT" envDefault:"30s" help:"how long no audio packet may come in a call"`
	LimitWarning   string        `env:"WHATSAPP_LIMIT_WARNING" help:"what callers hear before a call gets too long; empty takes an English sentence"`
	Goodbye        string        `env:"WHATSAPP_GOODBYE" help:"what callers hear who are still there when the bot ends; empty takes an English sentence"`
	RingTimeout    time.Duration `env:"WHATSAPP_RING_TIMEOUT" envDefault:"60s" help:"how long a user whom the bot calls may take to pick up"`
	PermissionText string        `env:"WHATSAPP_PERMISSION_TEXT" help:"what asks a user for permission to be called; empty takes an English sentence"`
	PermissionWait time.Duration `env:"WHATSAPP_PERMISSION_WAIT" envDefault:"24h" help:"how long a call waits for the user's permission; a later one does not place it"`
	DTLSClient     bool          `env:"WHATSAPP_DTLS_CLIENT" help:"begin the DTLS handshake of calls that the bot places at once, even if Meta says that it does; otherwise after 1.5 s"`
	DrainTimeout   time.Duration `env:"WHATSAPP_DRAIN_TIMEOUT" help:"how long running calls may go on when the bot is told to end, such as 5m; then they hear a goodbye. 0 ends them at once"`
	RecordDir      string        `env:"WHATSAPP_RECORD_DIR" help:"folder that gets a stereo recording of every call, as WAV; empty records nothing. Tell your callers"`

	VoiceNotes    whatsapp.VoiceMode `env:"WHATSAPP_VOICE_NOTES" envDefault:"reply" help:"which answers are voice notes: never, reply (to a voice note) or always; what is better read is written"`
	SendReasoning bool               `env:"WHATSAPP_SEND_REASONING" help:"send what the model thought, in italics before the answer"`

	TextInCall   bool `env:"WHATSAPP_TEXT_IN_CALL" help:"read what a caller writes during a call in that call, and answer it by voice; else it is answered in the chat"`
	LinksAsText  bool `env:"WHATSAPP_LINKS_AS_TEXT" help:"in calls, send links as text instead of speaking them"`
	CallSummary  bool `env:"WHATSAPP_CALL_SUMMARY" help:"send a summary, written by the model, when a call is over"`
	SummaryTurns int  `env:"WHATSAPP_CALL_SUMMARY_TURNS" envDefault:"2" help:"how often a caller must have spoken for a summary"`

	HeartbeatPeriod    time.Duration `env:"WHATSAPP_HEARTBEAT_PERIOD" help:"how often the bot writes by itself, such as 6h, as long as the recipient wrote or called within 24 hours; 0 is never"`
	HeartbeatMessage   string        `env:"WHATSAPP_HEARTBEAT_MESSAGE" help:"what the model is told then; its answer is sent. Empty asks for something useful or kind"`
	HeartbeatRecipient string        `env:"WHATSAPP_HEARTBEAT_RECIPIENT" help:"who gets it: a number or business-scoped id; empty is the first user who ever wrote"`

	Metrics string `env:"WHATSAPP_METRICS" help:"host:port at which GET /metrics serves Prometheus metrics, such as 127.0.0.1:9090; empty serves none. Keep it from the internet"`
	Traces  string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"address of an OpenTelemetry collector that gets a trace of each call and message by HTTP, such as http://localhost:4318; empty sends none"`

	Listen string `env:"LISTEN_ADDR" envDefault:":8080" help:"host:port of the webhook"`

	LLM           string `env:"PARLEY_LLM" help:"which model: openai, ollama, smollm2 or gguf:PATH; empty takes the best that is there"`
	OpenAIBaseURL string `env:"OPENAI_BASE_URL" help:"address of an OpenAI-compatible API"`
	OpenAIKey     string `env:"OPENAI_API_KEY" secret:"yes" help:"its key"`
	OpenAIModel   string `env:"OPENAI_MODEL" help:"the model to ask there"`
	ThinkingFirst bool   `env:"OPENAI_THINKING_FIRST" help:"the model there begins with reasoning whose opening tag is in its prompt, such as DeepSeek R1 or QwQ behind a server that does not take it out"`
	Store         string `env:"PARLEY_STORE" secret:"yes" help:"where conversations and the journal of what is to be answered are kept: memory, file:PATH, nats:URL or redis:URL; empty is a file in your data folder"`
	Node          string `env:"PARLEY_NODE" help:"name of this bot among those that share a store; empty is bot"`

	Greeting     string `env:"PARLEY_GREETING" envDefault:"Hello, this is Parley. How can I help you?" help:"what the bot says first; empty lets the caller begin"`
	Instructions string `env:"PARLEY_INSTRUCTIONS" help:"the system prompt; empty takes one that fits the model"`
	Workspace    string `env:"PARLEY_WORKSPACE" help:"folder of Markdown files that make the system prompt, AGENTS.md first; the bot then greets users itself after a reset. Instead of PARLEY_INSTRUCTIONS"`
	Events       string `env:"PARLEY_EVENTS" help:"file to which what happens is written as JSON lines, words included; - is the standard output"`
	Verbose      bool   `env:"PARLEY_VERBOSE" help:"log more"`
}

// errHelp is returned when the user asked for help and got it.
var errHelp = flag.ErrHelp

// parseConfig reads the environment, then the flags over it.
func parseConfig(environ map[string]string, args []string, out io.Writer) (*config, error) {
	c := &config{}
	environ, blank := trimmed(environ)
	malformed := env.ParseWithOptions(c, env.Options{Environment: environ})
	if greeting, set := environ["PARLEY_GREETING"]; set {
		c.Greeting = greeting // the library takes an empty variable for none
	}
	if command, set := environ["WHATSAPP_RESET_COMMAND"]; set {
		c.ResetCommand = command
	}
	flags := flag.NewFlagSet("whatsapp-voice", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is told once, by the caller
	for field, value := range fields(c) {
		set := func(s string) error {
			s, err := trimFlag(field, s)
			if err != nil {
				return err
			}
			if field.Type.Kind() == reflect.String {
				value.SetString(s)
				return nil
			}
			one := map[string]string{field.Tag.Get("env"): s}
			fresh := &config{}
			if err := env.ParseWithOptions(fresh, env.Options{Environment: one}); err != nil {
				return explain(err)
			}
			value.Set(reflect.ValueOf(fresh).Elem().FieldByIndex(field.Index))
			return nil
		}
		if field.Type.Kind() == reflect.Bool {
			flags.BoolFunc(flagName(field), "", set)
		} else {
			flags.Func(flagName(field), "", set)
		}
		if short := field.Tag.Get("flag"); short != "" {
			flags.Func(short, "", set)
		}
	}
	if err := flags.Parse(args); errors.Is(err, errHelp) {
		usage(out)
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%w; see --help", err)
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q; flags begin with --, see --help", flags.Arg(0))
	}
	if faults := inOneLine(blank, explain(malformed)); faults != nil { // all that is wrong is told at once
		return nil, inOneLine(fmt.Errorf("the environment: %w", faults), c.check())
	}
	return c, nil
}

// fields yields the fields of a configuration.
func fields(c *config) func(yield func(reflect.StructField, reflect.Value) bool) {
	return func(yield func(reflect.StructField, reflect.Value) bool) {
		v := reflect.ValueOf(c).Elem()
		for i := range v.NumField() {
			if !yield(v.Type().Field(i), v.Field(i)) {
				return
			}
		}
	}
}

// flagName is --whatsapp-access-token for WHATSAPP_ACCESS_TOKEN.
func flagName(f reflect.StructField) string {
	return strings.ToLower(strings.ReplaceAll(f.Tag.Get("env"), "_", "-"))
}

// explain takes the library's error apart: what is wrong with which variable.
func explain(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var out []error
	for _, e := range all.Errors {
		var parse env.ParseError
		if errors.As(e, &parse) {
			if f, ok := reflect.TypeFor[config]().FieldByName(parse.Name); ok {
				e = wrong(f, parse.Err)
			}
		}
		out = append(out, e)
	}
	return inOneLine(out...)
}

// wrong says what is wrong with a setting and what it must be.
func wrong(f reflect.StructField, err error) error {
	name := f.Tag.Get("env")
	var number *strconv.NumError
	if errors.As(err, &number) {
		err = fmt.Errorf("%q is not one", number.Num)
	}
	switch f.Type {
	case reflect.TypeFor[time.Duration]():
		return fmt.Errorf("%s: %w; want a duration with its unit, such as 90s or 10m", name, err)
	case reflect.TypeFor[bool]():
		return fmt.Errorf("%s: %w; want true or false", name, err)
	}
	switch f.Type.Kind() {
	case reflect.Float64:
		return fmt.Errorf("%s: %w; want a number, such as 80", name, err)
	case reflect.Int, reflect.Int64:
		return fmt.Errorf("%s: %w; want a whole number", name, err)
	case reflect.Uint16:
		return fmt.Errorf("%s: %w; want a whole number from 0 to 65535", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// inOneLine joins errors. It is nil if all of them are.
func inOneLine(errs ...error) error {
	var joined error
	for _, err := range errs {
		switch {
		case err == nil:
		case joined == nil:
			joined = err
		default:
			joined = fmt.Errorf("%w; %w", joined, err)
		}
	}
	return joined
}

func usage(out io.Writer) {
	fmt.Fprint(out, `whatsapp-voice answers the calls and texts of a WhatsApp business number, by voice and in writing, with one memory.

Usage:
  whatsapp-voice [flags]

Everything can be set by the environment or by a flag of the same name, such as --listen-addr for LISTEN_ADDR:

`)
	for field := range fields(&config{}) {
		fmt.Fprintf(out, "  %-26s %s", field.Tag.Get("env"), field.Tag.Get("help"))
		if short := field.Tag.Get("flag"); short != "" {
			fmt.Fprintf(out, " (or --%s)", short)
		}
		if d := field.Tag.Get("envDefault"); d != "" {
			fmt.Fprintf(out, " (default %q)", d)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, `
Speech runs on this machine: "parley setup" fetches the models once. Without OPENAI_API_KEY, OPENAI_BASE_URL or a running
Ollama, a very small model answers, which is good enough to hear that everything works.

To try it without a WhatsApp account: make demo SERVE=1
`)
}
