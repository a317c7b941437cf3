package whatsapp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// deadlined keeps until when a server would read the body.
type deadlined struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (d *deadlined) SetReadDeadline(t time.Time) error {
	d.until = t
	return nil
}

// A body has a time to come in, which is no longer than Meta's patience.
func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	bot := whatsapp.New(whatsapp.Config{AccessToken: "t", PhoneNumberID: "1", Logger: discard})
	t.Cleanup(func() { must(t, bot.Shutdown(t.Context())) })
	e := echo.New()
	bot.Mount(e.Group(""))
	w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader("{}")))
	if left := time.Until(w.until); left <= 0 || left > 20*time.Second {
		t.Errorf("the body may take %v", left)
	}
}

// Without an app secret everything is taken, and the log says loudly that it is.
func TestNoAppSecretIsToldLoudly(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.AppSecret = "" })
	if log := r.log.String(); strings.Count(log, "THERE IS NO APP SECRET") != 1 || !strings.Contains(log, "level=WARN") {
		t.Errorf("log:\n%s", log)
	}
	if strings.Contains(newRig(t, nil).log.String(), "APP SECRET") {
		t.Error("the warning comes with a secret, too")
	}
}

// A handler that panics costs its own event of a webhook, and no other.
func TestAPanicIsOneEventsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnVoicemail(func(webhook.Message) { panic("voicemail") })
	texts := make(chan string, 4)
	r.bot.OnMessage(writes(&model{answer: func(last string) (string, error) { texts <- last; return "yes", nil }}))
	var changes []any
	for _, message := range []map[string]any{
		{"id": "wamid.1", "type": "text", "text": map[string]any{"body": "before"}},
		{"id": "wacid.2", "type": "audio", "audio": map[string]any{"id": "1", "voice": true}},
		{"id": "wamid.3", "type": "text", "text": map[string]any{"body": "behind"}},
	} {
		message["from"], message["timestamp"] = ada.WaID, itoa(time.Now().Unix())
		changes = append(changes, map[string]any{"field": "messages", "value": map[string]any{"messages": []any{message}}})
	}
	status, body := r.post(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": changes}}})
	if status != 200 || !strings.Contains(body, "processing") {
		t.Errorf("%d %s", status, body)
	}
	for _, want := range []string{"before", "behind"} {
		if got := next(r, texts); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !strings.Contains(r.log.String(), "panic while handling an event") {
		t.Errorf("log:\n%s", r.log.String())
	}
}
