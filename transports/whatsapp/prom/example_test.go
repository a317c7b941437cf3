package prom_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/prom"
)

func ExampleNew() {
	metrics := prom.New()
	whatsapp.New(whatsapp.Config{
		AccessToken: "token", PhoneNumberID: "1234567890", VerifyToken: "chosen", AppSecret: "secret",
		Observers: []whatsapp.Observer{metrics}, Logger: slog.New(slog.DiscardHandler),
	})
	page := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, _ := io.ReadAll(page.Body)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "parley_whatsapp_calls{") {
			fmt.Print(line)
		}
	}
	// Output:
	// parley_whatsapp_calls{state="accepting"} 0
	// parley_whatsapp_calls{state="active"} 0
	// parley_whatsapp_calls{state="answered"} 0
	// parley_whatsapp_calls{state="connecting"} 0
	// parley_whatsapp_calls{state="dialing"} 0
	// parley_whatsapp_calls{state="ending"} 0
	// parley_whatsapp_calls{state="linked"} 0
	// parley_whatsapp_calls{state="offered"} 0
	// parley_whatsapp_calls{state="placing"} 0
	// parley_whatsapp_calls{state="pre-accepting"} 0
	// parley_whatsapp_calls{state="preparing"} 0
	// parley_whatsapp_calls{state="ringing"} 0
}
