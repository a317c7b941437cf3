package whatsapp

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{AccessToken: "token", PhoneNumberID: "600700"}
	if err := good.Validate(); err != nil {
		t.Errorf("the least that is needed: %v", err)
	}
	loose := good
	loose.AllowedNumbers, loose.MorePhoneNumberIDs = []string{" +49 (0)30-1234.5 ", "", "US.1", "1"}, []string{" 2 ", ""}
	loose.VerifyToken = "my token"
	if err := loose.Validate(); err != nil {
		t.Errorf("as people write it: %v", err)
	}
	if d := loose.withDefaults(); len(d.MorePhoneNumberIDs) != 1 || d.MorePhoneNumberIDs[0] != "2" {
		t.Errorf("numbers %q", d.MorePhoneNumberIDs)
	}
	tests := []struct {
		name   string
		change func(*Config)
		want   []string
	}{
		{"all that is missing at once", func(c *Config) { *c = Config{} }, []string{"the access token is missing", "the phone number id is missing"}},
		{"a token with a line end", func(c *Config) { c.AccessToken = "token\n" }, []string{"white space"}},
		{"a path as the number id", func(c *Config) { c.PhoneNumberID = "600/calls" }, []string{`"600/calls"`}},
		{"no URL", func(c *Config) { c.APIBaseURL = "graph.facebook.com" }, []string{`"graph.facebook.com" is not one`}},
		{"a URL with a question", func(c *Config) { c.APIBaseURL = "https://graph.facebook.com/v25.0?x=1" }, []string{"?x=1", "is not one"}},
		{"the same number twice", func(c *Config) { c.MorePhoneNumberIDs = []string{"2", " 600700 "} }, []string{`"600700" is there twice`}},
		{"a throughput that is no number", func(c *Config) { c.Throughput = math.NaN() }, []string{"NaN"}},
		{"no number", func(c *Config) { c.AllowedNumbers = []string{"+1 555", "-"} }, []string{`the allowed number "-"`}},
		{"two numbers in one", func(c *Config) { c.AllowedNumbers = []string{"+15559990000;+15559990001"} }, []string{"+15559990000;+15559990001"}},
		{"two numbers in two lines", func(c *Config) { c.AllowedNumbers = []string{"+15559990000\n15559990001"} }, []string{"country code"}},
		{"two ids in one", func(c *Config) { c.AllowedNumbers = []string{"US.1 US.2"} }, []string{"US.1 US.2"}},
		{"a blank list", func(c *Config) { c.AllowedNumbers = []string{"", " "} }, []string{"only blank entries"}},
		{"two recipients", func(c *Config) { c.Heartbeat.Recipient = "15559990000 15559990001" }, []string{"15559990000 15559990001"}},
		{"a period of nothing", func(c *Config) { c.Heartbeat.Period = 1 }, []string{"1ns", "10ms"}},
		{"a secret with a line end", func(c *Config) { c.AppSecret = "abc\n" }, []string{"the app secret contains white space"}},
		{"an old secret with a blank", func(c *Config) { c.AppSecret, c.PreviousAppSecret = "a", " b" }, []string{"the previous app secret contains white space"}},
		{"a verify token with a line end", func(c *Config) { c.VerifyToken = "my token\n" }, []string{"the verify token"}},
		{"no address", func(c *Config) { c.PublicIPs = []string{"host"} }, []string{`"host"`}},
		{"ports the wrong way round", func(c *Config) { c.UDPPortMin, c.UDPPortMax = 2, 1 }, []string{"2 to 1"}},
		{"negative limit", func(c *Config) { c.MaxCalls = -1 }, []string{"-1"}},
		{"ICE server", func(c *Config) { c.ICEServers = []webrtc.ICEServer{{URLs: []string{"http://x"}}} }, []string{"http://x"}},
		{"TURN without a user", func(c *Config) { c.ICEServers = []webrtc.ICEServer{{URLs: []string{"turn:x"}}} }, []string{"user name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := good
			tt.change(&c)
			err := c.Validate()
			if !errors.Is(err, ErrConfig) {
				t.Fatalf("got %v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "\n") || c.AccessToken != "" && strings.Contains(err.Error(), strings.TrimSpace(c.AccessToken)+"\"") {
				t.Errorf("more than one line, or the token: %q", err)
			}
		})
	}
}

func TestAllowList(t *testing.T) {
	t.Parallel()
	l := newAllowList([]string{"+1 (555) 999-0000", " US.12 ", ""})
	for sender, want := range map[string]bool{
		"15559990000": true, "+1 555 999 0000": true, "US.12": true, "US.1": false, "5559990000": false, "": false,
	} {
		if got := l.allows(sender); got != want {
			t.Errorf("%q: %v", sender, got)
		}
	}
	if !newAllowList(nil).allows("anybody") {
		t.Error("an empty list must allow everybody")
	}
	if newAllowList([]string{" - "}).allows("15559990000") || newAllowList([]string{" - "}).allows() {
		t.Error("a list without a valid entry must allow nobody")
	}
}
