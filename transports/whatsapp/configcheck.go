package whatsapp

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
)

// Validate checks everything that must be there for a bot to work, and lists all that is missing or malformed in
// one error, which wraps ErrConfig. A missing VerifyToken is no error: the bot then runs degraded, as its health says.
func (c Config) Validate() error {
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(c.AccessToken) == "" {
		add("the access token is missing")
	}
	if strings.TrimSpace(c.PhoneNumberID) == "" {
		add("the phone number id is missing")
	} else {
		ids := trimmed(append([]string{c.PhoneNumberID}, c.MorePhoneNumberIDs...))
		for i, id := range ids {
			if slices.Contains(ids[:i], id) {
				add("the phone number id %q is there twice", id)
			}
			if strings.ContainsAny(id, "+/?#, \t\r\n") {
				add("the phone number id %q is not one; copy the id from Meta's dashboard", id)
			}
		}
	}
	for _, secret := range []struct{ name, value string }{
		{"access token", c.AccessToken}, {"app secret", c.AppSecret}, {"previous app secret", c.PreviousAppSecret},
	} {
		if strings.ContainsFunc(secret.value, unicode.IsSpace) {
			add("the %s contains white space", secret.name)
		}
	}
	if c.VerifyToken != strings.TrimSpace(c.VerifyToken) {
		add("the verify token begins or ends with white space")
	}
	if c.PreviousAppSecret != "" && c.AppSecret == "" {
		add("there is a previous app secret and no app secret, so that signatures would not be checked at all")
	}
	if c.APIBaseURL != "" {
		if u, err := url.Parse(c.APIBaseURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" {
			add("the API base URL %q is not one; the default is %s", c.APIBaseURL, graph.DefaultBaseURL)
		}
	}
	allowed := trimmed(c.AllowedNumbers)
	if len(allowed) == 0 && len(c.AllowedNumbers) > 0 {
		add("the list of allowed numbers has only blank entries; leave it out to allow everybody")
	}
	for _, n := range allowed {
		if !isUser(n) {
			add("the allowed number %q is not one; want a number with country code, or a business-scoped id such as US.1234", n)
		}
	}
	if c.Mode != Task && c.Mode != Chat {
		add("the mode %d is neither Task nor Chat", c.Mode)
	}
	problems = append(problems, c.Heartbeat.problems()...)
	if math.IsNaN(c.Throughput) || math.IsInf(c.Throughput, 0) {
		add("the throughput is %v; less than 0 sets no limit", c.Throughput)
	}
	if c.SummaryTurns < 0 {
		add("the number of turns for a summary is %d; 0 is 2", c.SummaryTurns)
	}
	if c.ResetCommand != "" && blank(c.ResetCommand) {
		add("the reset command is blank; leave it out for %s, or switch it off with NoResetCommand", DefaultResetCommand)
	}
	if c.Node != "" {
		if err := journal.CheckNode(c.Node); err != nil {
			add("%v", err)
		}
	}
	if c.RelayOnly && !slices.ContainsFunc(c.ICEServers, hasTURN) {
		add("all media is to go over TURN servers, and there is none among the ICE servers")
	}
	if c.VoiceNotes > VoiceAlways {
		add("the %v is none", c.VoiceNotes)
	}
	if c.VoiceNotes != VoiceNever && c.TTS == nil {
		add("voice notes need a TTS to speak them")
	}
	if n := graph.Units(c.Texts.Choices); n > graph.MaxButtonTitleUnits {
		add("the text of the button that opens choices has %d characters; the limit is %d", n, graph.MaxButtonTitleUnits)
	}
	for _, ip := range c.PublicIPs {
		if net.ParseIP(ip) == nil {
			add("the public IP %q is not an address", ip)
		}
	}
	if c.UDPPortMin > c.UDPPortMax {
		add("the UDP ports %d to %d are no range", c.UDPPortMin, c.UDPPortMax)
	}
	if c.MaxCalls < 0 {
		add("the limit of calls is %d; 0 sets none", c.MaxCalls)
	}
	if c.MaxCallDuration < 0 {
		add("the longest duration of a call is %v; 0 sets no limit", c.MaxCallDuration)
	}
	if err := checkServers(c.ICEServers); err != nil {
		add("%v", err)
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrConfig, strings.Join(problems, "; "))
}

// hasTURN reports whether an ICE server is a TURN server.
func hasTURN(s webrtc.ICEServer) bool {
	return slices.ContainsFunc(s.URLs, func(u string) bool { return strings.HasPrefix(u, "turn:") || strings.HasPrefix(u, "turns:") })
}

// checkServers finds ICE servers that no connection could be made with.
func checkServers(servers []webrtc.ICEServer) error {
	for _, s := range servers {
		if len(s.URLs) == 0 {
			return errors.New("an ICE server has no URL")
		}
		for _, u := range s.URLs {
			scheme, rest, _ := strings.Cut(u, ":")
			turn := scheme == "turn" || scheme == "turns"
			if rest == "" || !turn && scheme != "stun" && scheme != "stuns" {
				return fmt.Errorf("the ICE server %q is not a stun: or turn: URL", u)
			}
			if turn && (s.Username == "" || s.Credential == nil) {
				return fmt.Errorf("the TURN server %q needs a user name and a credential", u)
			}
		}
	}
	return nil
}
