package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// shutdownTimeout bounds how long running calls and answers may take to end.
const shutdownTimeout = 10 * time.Second

// server is the bot's address, taken before anything slow begins.
type server struct{ listener net.Listener }

// open checks the settings and takes the port and the file of events, so that what is wrong is told at once.
func (c *config) open() (*server, *events, error) {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot listen on %q: %w; choose another address with LISTEN_ADDR=host:port", c.Listen, err)
	}
	events, err := openEvents(c.Events)
	if err != nil {
		_ = listener.Close()
		return nil, nil, err
	}
	return &server{listener: listener}, events, nil
}

// check lists all that is missing or malformed, with the names under which it can be set.
func (c *config) check() error {
	var missing []string
	if strings.TrimSpace(c.AccessToken) == "" {
		missing = append(missing, "WHATSAPP_ACCESS_TOKEN")
	}
	if len(c.PhoneNumberIDs) == 0 || strings.TrimSpace(c.PhoneNumberIDs[0]) == "" {
		missing = append(missing, "WHATSAPP_PHONE_NUMBER_ID")
	}
	var lacks, hours, advice error
	if len(missing) > 0 {
		lacks = fmt.Errorf("missing: %s", strings.Join(missing, ", "))
		advice = errors.New("set what is missing in the environment or by flags (see --help). Without a WhatsApp account, try: make demo SERVE=1")
	}
	if _, err := whatsapp.ParseHours(c.CallHours); err != nil {
		hours = fmt.Errorf("WHATSAPP_CALL_HOURS: %w", err)
	}
	_, prompt := c.prompt()
	_, callees := c.callees()
	all := append([]error{lacks, hours}, c.checkTransport()...)
	return inOneLine(append(append(all, c.checkValues()...), callees, prompt, advice)...)
}

// whatsApp is the configuration of the transport.
func (c *config) whatsApp(book *conversation.Book) whatsapp.Config {
	hours, _ := whatsapp.ParseHours(c.CallHours) // checked before
	var number string                            // the main one
	var more []string
	if len(c.PhoneNumberIDs) > 0 {
		number, more = c.PhoneNumberIDs[0], c.PhoneNumberIDs[1:]
	}
	return whatsapp.Config{
		RingTimeout:        c.RingTimeout,
		PermissionWait:     c.PermissionWait,
		CallAsDTLSClient:   c.DTLSClient,
		Texts:              c.texts(),
		AccessToken:        c.AccessToken,
		PhoneNumberID:      number,
		MorePhoneNumberIDs: more,
		VerifyToken:        c.VerifyToken,
		AppSecret:          c.AppSecret,
		PreviousAppSecret:  c.PreviousSecret,
		APIBaseURL:         c.APIBaseURL,
		AllowedNumbers:     c.AllowedNumbers,
		Mode:               c.Mode,
		ResetCommand:       c.ResetCommand,
		NoResetCommand:     c.ResetCommand == "",
		Debounce:           cmp.Or(c.Debounce, -1), // which is none
		DebounceLimit:      c.DebounceLimit,
		RefusalPeriod:      c.RefusalPeriod,
		MessageTimeout:     c.MessageTimeout,
		PairPause:          cmp.Or(c.PairPause, -1), // which sets no limit
		OnWindowClosed:     c.WindowTemplate.instead(),
		ConnectTimeout:     c.ConnectTimeout,
		DisconnectGrace:    c.LostGrace,
		SilenceTimeout:     c.SilenceTimeout,
		LimitWarning:       c.LimitWarning,
		Goodbye:            c.Goodbye,
		Pictures:           c.Pictures,
		PictureTurns:       cmp.Or(c.PictureTurns, -1), // which is none
		MaxVoice:           c.MaxVoice,
		NoVideoSound:       c.NoVideoSound,
		MaxFileBytes:       c.MaxFileBytes,
		MaxDocument:        c.MaxDocument,
		Supersede:          c.Supersede,
		NoFormat:           c.NoFormat,
		SendReasoning:      c.SendReasoning,
		Throughput:         c.Throughput,
		MaxCalls:           c.MaxCalls,
		MaxLateness:        cmp.Or(c.MaxLateness, -1), // which is none
		ICEServers:         c.iceServers(),
		RelayOnly:          c.RelayOnly,
		PublicIPs:          c.PublicIPs,
		UDPPort:            c.UDPPort,
		UDPPortMin:         c.UDPPorts.Min,
		UDPPortMax:         c.UDPPorts.Max,
		RecordDir:          c.RecordDir,
		CallHours:          hours,

		ResetGreeting: c.resetGreeting(),
		TextInCall:    c.TextInCall,
		SummaryTurns:  c.SummaryTurns,
		Heartbeat: whatsapp.Heartbeat{
			Period: c.HeartbeatPeriod, Message: c.HeartbeatMessage, Recipient: c.HeartbeatRecipient,
		},
		MaxCallDuration: c.MaxDuration,
		Conversations:   book,
		Node:            c.Node,
	}
}

// explainBot says which setting to change if the bot cannot work. All but its ports was checked before.
func (c *config) explainBot(err error) error {
	if err != nil && c.UDPPort != 0 {
		return fmt.Errorf("%w (WHATSAPP_UDP_PORT)", err)
	}
	return err
}

// iceServers are the STUN and TURN servers. Only TURN asks for a password.
func (c *config) iceServers() (servers []webrtc.ICEServer) {
	for _, address := range c.ICEServers {
		s := webrtc.ICEServer{URLs: []string{strings.TrimSpace(address)}}
		if strings.HasPrefix(s.URLs[0], "turn") && c.ICECredential != "" {
			s.Username, s.Credential = c.ICEUsername, c.ICECredential
		}
		servers = append(servers, s)
	}
	return servers
}

// engines is what the engines are chosen by.
func (c *config) engines(prompt func(own string) string) auto.Config {
	var known string // a local model reads it before anybody calls
	if c.Workspace != "" || c.Instructions != "" {
		known = prompt("")
	}
	return auto.Config{
		LLM:           c.LLM,
		OpenAIBaseURL: c.OpenAIBaseURL,
		OpenAIKey:     c.OpenAIKey,
		OpenAIModel:   c.OpenAIModel,
		OllamaHost:    os.Getenv("OLLAMA_HOST"),
		Pictures:      c.Pictures,
		ThinkingFirst: c.ThinkingFirst,
		Store:         c.Store,
		SystemPrompt:  known,
	}
}

// mount puts the bot at its address. It is served there by serve.
func (s *server) mount(bot *whatsapp.Bot) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort, e.Listener = true, true, s.listener
	e.Server.ReadHeaderTimeout = 10 * time.Second
	bot.Mount(e.Group("/whatsapp"))
	return e
}

// serve answers webhooks until ctx ends, then lets what runs come to its end.
func (s *server) serve(ctx context.Context, e *echo.Echo, bot *whatsapp.Bot, drain time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- e.Start("") }() // ends with Shutdown
	slog.Info("ready: the webhook is /whatsapp/webhook", "address", s.listener.Addr().String())
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		if drain > 0 {
			limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			if err := bot.Drain(limit); err != nil {
				slog.Warn("calls are cut off", "err", err)
			}
			cancel()
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err = errors.Join(err, bot.Shutdown(end), e.Shutdown(end))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *server) close() { _ = s.listener.Close() }

// environ is the environment as a map.
func environ() map[string]string {
	m := make(map[string]string)
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	return m
}
