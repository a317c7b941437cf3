package whatsapp_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
)

// setenv leaves nothing set of what ConfigFromEnv reads but these.
func setenv(t *testing.T, environ map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "WHATSAPP_") || name == "PARLEY_NODE" {
			t.Setenv(name, "") // restores it at the end
			must(t, os.Unsetenv(name))
		}
	}
	for name, value := range environ {
		t.Setenv(name, value)
	}
}

func TestConfigFromEnv(t *testing.T) {
	setenv(t, map[string]string{"WHATSAPP_ACCESS_TOKEN": "token", "WHATSAPP_PHONE_NUMBER_ID": "1"})
	c, err := whatsapp.ConfigFromEnv()
	if err != nil || c.AccessToken != "token" || c.PhoneNumberID != "1" || c.Mode != whatsapp.Chat || c.NoResetCommand {
		t.Errorf("got %+v, %v", c, err)
	}
	setenv(t, map[string]string{
		"WHATSAPP_ACCESS_TOKEN": "token", "WHATSAPP_PHONE_NUMBER_ID": "1,2", "WHATSAPP_VERIFY_TOKEN": "v", "WHATSAPP_APP_SECRET": "s",
		"WHATSAPP_PREVIOUS_APP_SECRET": "p", "WHATSAPP_API_BASE_URL": "http://host/v1", "WHATSAPP_ALLOWED_NUMBERS": "+1 555 999 0000,US.1",
		"WHATSAPP_MODE": "task", "WHATSAPP_RESET_COMMAND": "", "WHATSAPP_HEARTBEAT_PERIOD": "6h", "WHATSAPP_HEARTBEAT_MESSAGE": "hb",
		"WHATSAPP_HEARTBEAT_RECIPIENT": "US.1", "PARLEY_NODE": "a",
	})
	c, err = whatsapp.ConfigFromEnv()
	must(t, err)
	if c.Mode != whatsapp.Task || !c.NoResetCommand || c.Node != "a" || !slices.Equal(c.MorePhoneNumberIDs, []string{"2"}) || len(c.AllowedNumbers) != 2 ||
		c.Heartbeat != (whatsapp.Heartbeat{Period: 6 * time.Hour, Message: "hb", Recipient: "US.1"}) || c.VerifyToken != "v" ||
		c.AppSecret != "s" || c.PreviousAppSecret != "p" || c.APIBaseURL != "http://host/v1" {
		t.Errorf("got %+v", c)
	}
}

func TestConfigFromEnvTellsAllThatIsWrong(t *testing.T) {
	wrong := map[string]string{
		"WHATSAPP_ACCESS_TOKEN": "  ", "WHATSAPP_APP_SECRET": " ", "WHATSAPP_API_BASE_URL": "nope", "WHATSAPP_ALLOWED_NUMBERS": "()",
		"WHATSAPP_MODE": "talk", "WHATSAPP_RESET_COMMAND": " ", "WHATSAPP_HEARTBEAT_PERIOD": "soon", "WHATSAPP_HEARTBEAT_RECIPIENT": "+",
		"PARLEY_NODE": "a b", "WHATSAPP_PREVIOUS_APP_SECRET": "old",
	}
	setenv(t, wrong)
	_, err := whatsapp.ConfigFromEnv()
	if !errors.Is(err, whatsapp.ErrConfig) {
		t.Fatalf("got %v", err)
	}
	wrong["WHATSAPP_PHONE_NUMBER_ID"] = "" // which is missing
	for name := range wrong {
		if n := strings.Count(err.Error(), name+": "); n != 1 {
			t.Errorf("%s is told %d times: %v", name, n, err)
		}
	}
	setenv(t, map[string]string{"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_PHONE_NUMBER_ID": "1", "WHATSAPP_HEARTBEAT_PERIOD": "-5s"})
	if _, err := whatsapp.ConfigFromEnv(); err == nil || !strings.Contains(err.Error(), "WHATSAPP_HEARTBEAT_PERIOD: ") {
		t.Errorf("got %v", err)
	}
}

// White space around a value is no part of it, whatever the setting; a value of nothing else is told.
func TestConfigFromEnvTrims(t *testing.T) {
	setenv(t, map[string]string{
		"WHATSAPP_ACCESS_TOKEN": " t\n", "WHATSAPP_PHONE_NUMBER_ID": " 1 , 2 ", "WHATSAPP_VERIFY_TOKEN": "v ", "WHATSAPP_APP_SECRET": "s\r\n",
		"WHATSAPP_MODE": " TASK ", "WHATSAPP_RESET_COMMAND": " /neu ", "WHATSAPP_HEARTBEAT_PERIOD": " 6h ", "WHATSAPP_HEARTBEAT_RECIPIENT": " US.1\n",
		"WHATSAPP_API_BASE_URL": " http://host/v1 ", "PARLEY_NODE": "a\n",
	})
	c, err := whatsapp.ConfigFromEnv()
	must(t, err)
	if c.AccessToken != "t" || c.VerifyToken != "v" || c.AppSecret != "s" || c.Mode != whatsapp.Task || c.ResetCommand != "/neu" || c.NoResetCommand ||
		c.Heartbeat.Period != 6*time.Hour || c.Heartbeat.Recipient != "US.1" || c.APIBaseURL != "http://host/v1" || c.Node != "a" {
		t.Errorf("got %+v", c)
	}
	setenv(t, map[string]string{"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_PHONE_NUMBER_ID": "1", "WHATSAPP_HEARTBEAT_PERIOD": " "})
	if _, err := whatsapp.ConfigFromEnv(); err == nil || !strings.Contains(err.Error(), "WHATSAPP_HEARTBEAT_PERIOD: it is blank") {
		t.Errorf("got %v", err)
	}
}
