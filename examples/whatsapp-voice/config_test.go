package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	c, err := parseConfig(map[string]string{
		"WHATSAPP_ACCESS_TOKEN": "env", "WHATSAPP_PHONE_NUMBER_ID": "1", "WHATSAPP_ALLOWED_NUMBERS": "1,2", "LISTEN_ADDR": ":1",
	}, []string{"--whatsapp-access-token", "flag", "--listen-addr=127.0.0.1:0", "--parley-verbose"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := &config{
		AccessToken: "flag", PhoneNumberIDs: []string{"1"}, AllowedNumbers: []string{"1", "2"}, Listen: "127.0.0.1:0", Verbose: true,
		Mode: whatsapp.Chat, VoiceNotes: whatsapp.VoiceReply, ResetCommand: "/reset", SummaryTurns: 2, PictureTurns: 3, Debounce: 300 * time.Millisecond, Greeting: "Hello, this is Parley. How can I help you?",
		MaxLateness: 100 * time.Millisecond, RingTimeout: time.Minute, PermissionWait: 24 * time.Hour,
		DebounceLimit: time.Second, RefusalPeriod: time.Hour, MessageTimeout: 2 * time.Minute, PairPause: 6 * time.Second,
		ConnectTimeout: 10 * time.Second, LostGrace: 6 * time.Second, SilenceTimeout: 30 * time.Second,
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestAnEmptyGreetingLetsTheCallerBegin(t *testing.T) {
	byFlag, err := parseConfig(nil, []string{"--parley-greeting="}, io.Discard)
	if err != nil || byFlag.Greeting != "" {
		t.Errorf("greeting %q (%v), want none", byFlag.Greeting, err)
	}
	byEnvironment, err := parseConfig(map[string]string{"PARLEY_GREETING": ""}, nil, io.Discard)
	if err != nil || byEnvironment.Greeting != "" {
		t.Errorf("greeting %q (%v), want none", byEnvironment.Greeting, err)
	}
}

func TestTheResetCommandCanBeSwitchedOff(t *testing.T) {
	for name, tt := range map[string]struct {
		environ map[string]string
		args    []string
		command string
	}{
		"by default":          {command: "/reset"},
		"another":             {environ: map[string]string{"WHATSAPP_RESET_COMMAND": "/new"}, command: "/new"},
		"off, by a flag":      {args: []string{"--whatsapp-reset-command="}},
		"off, by environment": {environ: map[string]string{"WHATSAPP_RESET_COMMAND": ""}},
	} {
		c, err := parseConfig(tt.environ, tt.args, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if w := c.whatsApp(nil); c.ResetCommand != tt.command || w.NoResetCommand != (tt.command == "") {
			t.Errorf("%s: command %q, off: %v", name, c.ResetCommand, w.NoResetCommand)
		}
	}
}

func TestAWorkspaceIsThePrompt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "AGENTS.md"), []byte("You are a baker."), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		environ            map[string]string
		prompt, known, own string
		greets             bool
	}{
		"nothing":      {prompt: defaultInstructions},
		"the model's":  {own: "own", prompt: "own"},
		"instructions": {environ: map[string]string{"PARLEY_INSTRUCTIONS": "x"}, own: "own", prompt: "x", known: "x"},
		"workspace": {environ: map[string]string{"PARLEY_WORKSPACE": dir}, own: "own",
			prompt: "You are a baker.", known: "You are a baker.", greets: true},
	} {
		c, err := parseConfig(tt.environ, nil, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		prompt, err := c.prompt()
		if err != nil {
			t.Fatal(err)
		}
		if got, known := prompt(tt.own), c.engines(prompt).SystemPrompt; got != tt.prompt || known != tt.known {
			t.Errorf("%s: prompt %q, known before %q", name, got, known)
		}
		if greets := c.whatsApp(nil).ResetGreeting != ""; greets != tt.greets {
			t.Errorf("%s: greets after a reset: %v", name, greets)
		}
	}
}

func TestWhatIsWrongIsToldOnce(t *testing.T) {
	good := map[string]string{"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_PHONE_NUMBER_ID": "1", "LISTEN_ADDR": "127.0.0.1:0"}
	with := func(key, value string) map[string]string {
		m := map[string]string{key: value}
		for k, v := range good {
			if k != key {
				m[k] = v
			}
		}
		return m
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name    string
		environ map[string]string
		args    []string
		want    []string // all in the error
	}{
		{"all is missing", nil, nil, []string{"WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"}},
		{"a number is none", with("WHATSAPP_MAX_CALLS", "many"), nil, []string{`WHATSAPP_MAX_CALLS: "many" is not one; want a whole number`}},
		{"a port is none", with("WHATSAPP_UDP_PORT", "70000"), nil, []string{`WHATSAPP_UDP_PORT: "70000" is not one; want a whole number from 0 to 65535`}},
		{"ports are none", with("WHATSAPP_UDP_PORTS", "2-1"), nil, []string{`WHATSAPP_UDP_PORTS: "2-1" is no range of ports`}},
		{"ports by a flag are none", good, []string{"--whatsapp-udp-ports=many"}, []string{`"many" is no range of ports`}},
		{"a switch is none", with("WHATSAPP_SUPERSEDE", "maybe"), nil, []string{`WHATSAPP_SUPERSEDE: "maybe" is not one; want true or false`}},
		{"only the secret before", with("WHATSAPP_PREVIOUS_APP_SECRET", "old"), nil, []string{"previous app secret"}},
		{"a debounce without a unit", with("WHATSAPP_DEBOUNCE", "5"), nil, []string{"WHATSAPP_DEBOUNCE"}},
		{"an unknown mode", with("WHATSAPP_MODE", "talk"), nil, []string{"WHATSAPP_MODE", "talk", "task", "chat"}},
		{"an unknown flag", good, []string{"--colour"}, []string{"colour", "--help"}},
		{"an argument", good, []string{"colour"}, []string{`"colour"`, "--help"}},
		{"a heartbeat back in time, by name", with("WHATSAPP_HEARTBEAT_PERIOD", "-6h"), nil, []string{"WHATSAPP_HEARTBEAT_PERIOD"}},
		{"no store", with("PARLEY_STORE", "floppy:a"), nil, []string{"PARLEY_STORE", "floppy:a", "file:PATH"}},
		{"no folder for the store", with("PARLEY_STORE", "file:/no/such/folder/x.db"), nil, []string{"PARLEY_STORE", "/no/such/folder"}},
		{"a long debounce", with("WHATSAPP_DEBOUNCE", "5s"), nil, []string{"WHATSAPP_DEBOUNCE", "1s"}},
		{"a debounce back in time", with("WHATSAPP_DEBOUNCE", "-1s"), nil, []string{"WHATSAPP_DEBOUNCE", "-1s"}},
		{"a limit back in time", with("WHATSAPP_DEBOUNCE_LIMIT", "-1s"), nil, []string{"WHATSAPP_DEBOUNCE_LIMIT is -1s"}},
		{"a pause back in time", with("WHATSAPP_PAIR_PAUSE", "-6s"), nil, []string{"WHATSAPP_PAIR_PAUSE is -6s; it cannot be less than 0"}},
		{"a template without a language", with("WHATSAPP_WINDOW_TEMPLATE", "news"), nil, []string{"WHATSAPP_WINDOW_TEMPLATE", `"news"`, "en_US"}},
		{"no file of texts", with("WHATSAPP_TEXTS", "/no/such/file"), nil, []string{"WHATSAPP_TEXTS", "/no/such/file"}},
		{"texts are none", with("WHATSAPP_TEXTS", "config.go"), nil, []string{"WHATSAPP_TEXTS", "config.go", "JSON"}},
		{"a throughput is none", with("WHATSAPP_THROUGHPUT", "abc"), nil, []string{`WHATSAPP_THROUGHPUT: "abc" is not one; want a number`}},
		{"a throughput below none", with("WHATSAPP_THROUGHPUT", "-5"), nil, []string{"WHATSAPP_THROUGHPUT is -5; it cannot be less than 0"}},
		{"a throughput that is no number", with("WHATSAPP_THROUGHPUT", "NaN"), nil, []string{"WHATSAPP_THROUGHPUT is NaN"}},
		{"a throughput without end", with("WHATSAPP_THROUGHPUT", "+Inf"), nil, []string{"WHATSAPP_THROUGHPUT is +Inf; it is too large"}},
		{"a file size is none", with("WHATSAPP_MAX_FILE_BYTES", "1 MB"), nil, []string{`WHATSAPP_MAX_FILE_BYTES: "1 MB" is not one; want a whole number`}},
		{"a file size below none", with("WHATSAPP_MAX_FILE_BYTES", "-1"), nil, []string{"WHATSAPP_MAX_FILE_BYTES is -1"}},
		{"a blank command", with("WHATSAPP_RESET_COMMAND", " "), nil, []string{"WHATSAPP_RESET_COMMAND is blank; set it, or leave it out"}},
		{"a blank flag", good, []string{"--whatsapp-heartbeat-message= "}, []string{"whatsapp-heartbeat-message", "is blank"}},
		{"a blank period", with("WHATSAPP_HEARTBEAT_PERIOD", "\t"), nil, []string{"WHATSAPP_HEARTBEAT_PERIOD is blank"}},
		{"a blank token", with("WHATSAPP_ACCESS_TOKEN", " \n"), nil, []string{"missing: WHATSAPP_ACCESS_TOKEN;"}},
		{"a blank secret", with("WHATSAPP_APP_SECRET", " "), nil, []string{"WHATSAPP_APP_SECRET is blank"}},
		{"no folder for recordings", with("WHATSAPP_RECORD_DIR", "/no/such/folder"), nil, []string{"WHATSAPP_RECORD_DIR", "/no/such/folder"}},
		{"nobody to call", with("WHATSAPP_CALL", "+1 555 999 0000,Ada"), nil, []string{"WHATSAPP_CALL", "--call", "country code"}},
		{"hours are none", with("WHATSAPP_CALL_HOURS", "always"), nil, []string{"WHATSAPP_CALL_HOURS", "always"}},
		{"a duration is none", with("WHATSAPP_MAX_CALL_DURATION", "long"), nil, []string{"WHATSAPP_MAX_CALL_DURATION", "long"}},
		{"a negative duration", with("WHATSAPP_MAX_CALL_DURATION", "-1s"), nil, []string{"duration", "-1s"}},
		{"a heartbeat without a unit", with("WHATSAPP_HEARTBEAT_PERIOD", "6"), nil, []string{"WHATSAPP_HEARTBEAT_PERIOD", `"6"`}},
		{"a heartbeat back in time", with("WHATSAPP_HEARTBEAT_PERIOD", "-6h"), nil, []string{"heartbeat", "-6h"}},
		{"a heartbeat for nobody", with("WHATSAPP_HEARTBEAT_RECIPIENT", "++"), nil, []string{"heartbeat", `"++"`}},
		{"everything at once", map[string]string{"WHATSAPP_HEARTBEAT_PERIOD": "soon", "WHATSAPP_MODE": "talk", "WHATSAPP_CALL_HOURS": "never",
			"WHATSAPP_HEARTBEAT_RECIPIENT": "+", "WHATSAPP_ALLOWED_NUMBERS": "()"}, nil,
			[]string{"WHATSAPP_HEARTBEAT_PERIOD", "WHATSAPP_MODE", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "never", `"+"`, `"()"`}},
		{"no workspace", with("PARLEY_WORKSPACE", "/no/such/folder"), nil, []string{"PARLEY_WORKSPACE", "/no/such/folder", "AGENTS.md"}},
		{"two prompts", with("PARLEY_WORKSPACE", "."), []string{"--parley-instructions=x"}, []string{"PARLEY_WORKSPACE", "PARLEY_INSTRUCTIONS"}},
		{"a TURN server without a password", with("WHATSAPP_ICE_SERVERS", "turn:example.com"), nil, []string{"turn:example.com", "credential"}},
		{"media over no TURN server", with("WHATSAPP_RELAY_ONLY", "true"), nil, []string{"TURN servers", "none"}},
		{"an ICE server is none", with("WHATSAPP_ICE_SERVERS", "example.com"), nil, []string{`"example.com"`}},
		{"a lateness without a unit", with("WHATSAPP_MAX_LATENESS", "5"), nil, []string{"WHATSAPP_MAX_LATENESS", `"5"`}},
		{"a bad name", with("PARLEY_NODE", "a/b"), nil, []string{`"a/b"`, "node"}},
		{"turns below none", with("WHATSAPP_CALL_SUMMARY_TURNS", "-1"), nil, []string{"summary", "-1"}},
		{"a bad base URL", with("WHATSAPP_API_BASE_URL", "graph"), nil, []string{`"graph"`}},
		{"the port is taken", with("LISTEN_ADDR", taken.Addr().String()), nil, []string{"LISTEN_ADDR", taken.Addr().String()}},
		{"the events cannot be written", with("PARLEY_EVENTS", "/no/such/folder/events"), nil, []string{"/no/such/folder/events"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseConfig(tt.environ, tt.args, io.Discard)
			if err == nil {
				var s *server
				if s, _, err = c.open(); err == nil {
					s.close()
					t.Fatal("it was accepted")
				}
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error %q does not tell %q", err, w)
				}
			}
			if n := strings.Count(err.Error(), "\n"); n > 0 {
				t.Errorf("the error has %d lines: %q", n+1, err)
			}
		})
	}
}

// White space around a setting, such as the end of a line in a file, is no part of it.
func TestWhiteSpaceAroundSettings(t *testing.T) {
	c, err := parseConfig(map[string]string{
		"WHATSAPP_ACCESS_TOKEN": "t\n", "WHATSAPP_PHONE_NUMBER_ID": " 1, 2 ", "WHATSAPP_APP_SECRET": "s\r\n", "WHATSAPP_VERIFY_TOKEN": " v",
		"WHATSAPP_HEARTBEAT_PERIOD": " 6h ", "WHATSAPP_MODE": " TASK ", "WHATSAPP_MAX_CALLS": " 3", "WHATSAPP_SUPERSEDE": "true ",
		"WHATSAPP_RESET_COMMAND": " /neu ", "PARLEY_STORE": " memory ", "WHATSAPP_ALLOWED_NUMBERS": " US.1 , US.2\n",
	}, []string{"--whatsapp-throughput= 20 ", "--parley-node= a"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.check(); err != nil {
		t.Error(err)
	}
	w := c.whatsApp(nil)
	if w.AccessToken != "t" || w.AppSecret != "s" || w.VerifyToken != "v" || w.Heartbeat.Period != 6*time.Hour || w.Mode != whatsapp.Task ||
		w.MaxCalls != 3 || !w.Supersede || w.ResetCommand != "/neu" || w.Throughput != 20 || w.Node != "a" {
		t.Errorf("got %+v", w)
	}
}

// What to do about settings that are missing stands behind all that is wrong.
func TestAdviceIsTheEnd(t *testing.T) {
	c, err := parseConfig(map[string]string{"PARLEY_STORE": "floppy:a", "WHATSAPP_CALL_HOURS": "never"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if said := c.check().Error(); !strings.HasPrefix(said, "missing: ") || !strings.HasSuffix(said, "make demo SERVE=1") || strings.Count(said, "make demo") != 1 {
		t.Error(said)
	}
}

func TestATakenPortNamesItsSetting(t *testing.T) {
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.LocalAddr().(*net.UDPAddr).Port
	c, err := parseConfig(map[string]string{"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_PHONE_NUMBER_ID": "1", "WHATSAPP_UDP_PORT": strconv.Itoa(port)}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	settings := c.whatsApp(nil)
	settings.Logger = slog.New(slog.DiscardHandler)
	bot := whatsapp.New(settings)
	defer bot.Shutdown(t.Context())
	if err := c.explainBot(bot.Err()); err == nil || !strings.Contains(err.Error(), "WHATSAPP_UDP_PORT") || !strings.Contains(err.Error(), strconv.Itoa(port)) {
		t.Errorf("the error is %v", err)
	}
}

func TestSettingsOfTheNetworkAndOfLoad(t *testing.T) {
	c, err := parseConfig(map[string]string{"WHATSAPP_ICE_SERVERS": "stun:a.example, turns:b.example:443?transport=tcp", "WHATSAPP_ICE_USERNAME": "u",
		"WHATSAPP_ICE_CREDENTIAL": "p", "WHATSAPP_MAX_LATENESS": "0",
		"WHATSAPP_UDP_PORTS": "10000-10199"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []webrtc.ICEServer{{URLs: []string{"stun:a.example"}}, {URLs: []string{"turns:b.example:443?transport=tcp"}, Username: "u", Credential: "p"}}
	w := c.whatsApp(nil)
	if diff := cmp.Diff(want, w.ICEServers); diff != "" || w.MaxLateness >= 0 || w.UDPPortMin != 10000 || w.UDPPortMax != 10199 {
		t.Errorf("lateness %v, ports %d to %d; ICE servers (-want +got):\n%s", w.MaxLateness, w.UDPPortMin, w.UDPPortMax, diff)
	}
	c, err = parseConfig(nil, nil, io.Discard)
	if err != nil || c.whatsApp(nil).MaxLateness != 100*time.Millisecond || c.whatsApp(nil).ICEServers != nil {
		t.Errorf("%v: %+v", err, c)
	}
}

// Whatever a user can set in the library can be set here, but for what the program has to decide.
func TestEveryFieldOfTheTransportHasASetting(t *testing.T) {
	dir := t.TempDir()
	texts := filepath.Join(dir, "texts.json")
	if err := os.WriteFile(texts, []byte(`{"Apology": "Oh.", "Media": {"Lost": "Gone."}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	special := map[string]string{
		"WHATSAPP_MODE": "chat", "WHATSAPP_VOICE_NOTES": "always", "WHATSAPP_UDP_PORTS": "10000-10010", "WHATSAPP_TEXTS": texts,
		"WHATSAPP_WINDOW_TEMPLATE": "news/en_US", "WHATSAPP_CALL_HOURS": "Mon 09:00-18:00", "PARLEY_WORKSPACE": dir, "PARLEY_INSTRUCTIONS": "",
		"WHATSAPP_RESET_COMMAND": "", "WHATSAPP_PHONE_NUMBER_ID": "1,2", "WHATSAPP_ICE_SERVERS": "stun:a.example",
	}
	environ := map[string]string{}
	for field := range fields(&config{}) {
		name := field.Tag.Get("env")
		value, given := special[name]
		switch {
		case given:
		case field.Type == reflect.TypeFor[time.Duration]():
			value = "300ms"
		case field.Type.Kind() == reflect.Bool:
			value = "true"
		default:
			value = "7"
		}
		environ[name] = value
	}
	c, err := parseConfig(environ, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	w := c.whatsApp(conversation.NewBook(memory.New()))
	decided := "Journal Logger GraphOptions Observers STT TTS VoiceNotes Sounds ResetCommand" // main sets some; the command is switched off here
	v := reflect.ValueOf(w)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).IsZero() && !strings.Contains(" "+decided+" ", " "+name+" ") {
			t.Errorf("there is no setting for %s", name)
		}
	}
	if w.Texts.Apology != "Oh." || w.Texts.Media.Lost != "Gone." || w.Texts.CallPermission != "7" {
		t.Errorf("texts: %+v", w.Texts)
	}
	if got, ok := w.OnWindowClosed(t.Context(), webhook.User{}, "x"); !ok || got.Name != "news" || got.Language != "en_US" {
		t.Errorf("template: %+v", got)
	}
	if w.PairPause != 300*time.Millisecond || w.RefusalPeriod != w.PairPause {
		t.Errorf("durations: %v, %v", w.PairPause, w.RefusalPeriod)
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out strings.Builder
	if _, err := parseConfig(nil, []string{"--help"}, &out); !errors.Is(err, errHelp) {
		t.Fatalf("--help: %v", err)
	}
	for field := range fields(&config{}) {
		if !strings.Contains(out.String(), field.Tag.Get("env")) || field.Tag.Get("help") == "" {
			t.Errorf("--help does not explain %s", field.Tag.Get("env"))
		}
	}
	if reflect.TypeFor[config]().NumField() < 10 {
		t.Error("the configuration has lost its fields")
	}
}
