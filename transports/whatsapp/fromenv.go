package whatsapp

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// environment is what ConfigFromEnv reads.
type environment struct {
	AccessToken        string        `env:"WHATSAPP_ACCESS_TOKEN"`
	PhoneNumberIDs     []string      `env:"WHATSAPP_PHONE_NUMBER_ID"`
	VerifyToken        string        `env:"WHATSAPP_VERIFY_TOKEN"`
	AppSecret          string        `env:"WHATSAPP_APP_SECRET"`
	PreviousAppSecret  string        `env:"WHATSAPP_PREVIOUS_APP_SECRET"`
	APIBaseURL         string        `env:"WHATSAPP_API_BASE_URL"`
	AllowedNumbers     []string      `env:"WHATSAPP_ALLOWED_NUMBERS"`
	Mode               Mode          `env:"WHATSAPP_MODE" envDefault:"chat"`
	HeartbeatPeriod    time.Duration `env:"WHATSAPP_HEARTBEAT_PERIOD"`
	HeartbeatMessage   string        `env:"WHATSAPP_HEARTBEAT_MESSAGE"`
	HeartbeatRecipient string        `env:"WHATSAPP_HEARTBEAT_RECIPIENT"`
	Node               string        `env:"PARLEY_NODE"`
}

// ConfigFromEnv reads what a small bot needs from the environment: WHATSAPP_ACCESS_TOKEN and WHATSAPP_PHONE_NUMBER_ID (Meta's id,
// or several, comma separated), which are required, and WHATSAPP_VERIFY_TOKEN, WHATSAPP_APP_SECRET,
// WHATSAPP_PREVIOUS_APP_SECRET, WHATSAPP_API_BASE_URL, WHATSAPP_ALLOWED_NUMBERS (comma separated), WHATSAPP_MODE (task, or chat,
// which is the default here), WHATSAPP_RESET_COMMAND (empty switches it off), WHATSAPP_HEARTBEAT_PERIOD, _MESSAGE and _RECIPIENT,
// and PARLEY_NODE. White space around a value is no part of it. One error, which wraps ErrConfig, names every variable that is missing or malformed.
func ConfigFromEnv() (Config, error) {
	var e environment
	var problems []string
	add := func(name string, format string, args ...any) {
		problems = append(problems, name+": "+strings.TrimPrefix(fmt.Sprintf(format, args...), ErrConfig.Error()+": "))
	}
	values, blanks := trimmedEnviron()
	var malformed env.AggregateError
	if err := env.ParseWithOptions(&e, env.Options{Environment: values}); errors.As(err, &malformed) {
		for _, one := range malformed.Errors {
			var parse env.ParseError
			switch {
			case !errors.As(one, &parse):
				problems = append(problems, one.Error())
			case parse.Name == "Mode":
				add("WHATSAPP_MODE", "%v", parse.Err)
			default: // the only one that is no text
				add("WHATSAPP_HEARTBEAT_PERIOD", "%v; want a duration with its unit, such as 6h", parse.Err)
			}
		}
	} else if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c := Config{AccessToken: "given", PhoneNumberID: "1", Mode: e.Mode}
	for _, s := range []struct {
		name     string
		value    string
		required bool
		set      func(*Config)
	}{
		{"WHATSAPP_ACCESS_TOKEN", e.AccessToken, true, func(c *Config) { c.AccessToken = e.AccessToken }},
		{"WHATSAPP_PHONE_NUMBER_ID", strings.Join(e.PhoneNumberIDs, ","), true, func(c *Config) {
			c.PhoneNumberID, c.MorePhoneNumberIDs = e.PhoneNumberIDs[0], e.PhoneNumberIDs[1:]
		}},
		{"WHATSAPP_VERIFY_TOKEN", e.VerifyToken, false, func(c *Config) { c.VerifyToken = e.VerifyToken }},
		{"WHATSAPP_APP_SECRET", e.AppSecret, false, func(c *Config) { c.AppSecret = e.AppSecret }},
		{"WHATSAPP_PREVIOUS_APP_SECRET", e.PreviousAppSecret, false, func(c *Config) { c.PreviousAppSecret = e.PreviousAppSecret }},
		{"WHATSAPP_API_BASE_URL", e.APIBaseURL, false, func(c *Config) { c.APIBaseURL = e.APIBaseURL }},
		{"WHATSAPP_ALLOWED_NUMBERS", strings.Join(e.AllowedNumbers, ","), false, func(c *Config) { c.AllowedNumbers = e.AllowedNumbers }},
		{"WHATSAPP_HEARTBEAT_PERIOD", "", false, func(c *Config) { c.Heartbeat.Period = e.HeartbeatPeriod }},
		{"WHATSAPP_HEARTBEAT_MESSAGE", e.HeartbeatMessage, false, func(c *Config) { c.Heartbeat.Message = e.HeartbeatMessage }},
		{"WHATSAPP_HEARTBEAT_RECIPIENT", e.HeartbeatRecipient, false, func(c *Config) { c.Heartbeat.Recipient = e.HeartbeatRecipient }},
		{"WHATSAPP_RESET_COMMAND", values["WHATSAPP_RESET_COMMAND"], false, func(c *Config) {
			command, set := values["WHATSAPP_RESET_COMMAND"]
			c.ResetCommand, c.NoResetCommand = command, set && command == ""
		}},
		{"PARLEY_NODE", e.Node, false, func(c *Config) { c.Node = e.Node }},
	} {
		next := c
		switch {
		case s.required && strings.TrimSpace(s.value) == "":
			add(s.name, "it is missing")
			continue
		case blanks[s.name]:
			add(s.name, "it is blank; set it, or leave it out")
			continue
		}
		s.set(&next)
		if err := next.Validate(); err != nil {
			add(s.name, "%v", err)
			continue
		}
		c = next
	}
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("%w: %s", ErrConfig, strings.Join(problems, "; "))
	}
	return c, nil
}

// trimmedEnviron is the environment without white space around its values, which come from files and from lists that people write, and
// tells which values are nothing else.
func trimmedEnviron() (values map[string]string, blanks map[string]bool) {
	values, blanks = make(map[string]string), make(map[string]bool)
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		values[name] = strings.TrimSpace(value)
		blanks[name] = value != "" && values[name] == ""
	}
	return values, blanks
}
