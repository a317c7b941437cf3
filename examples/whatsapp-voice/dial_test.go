package main

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A user who permits calls is called at once, another one when she agrees.
func TestCallOnceTheBotIsUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ada, eve := whatsapptest.User{WaID: "15559990000"}, whatsapptest.User{WaID: "15559990001"}
	meta, err := whatsapptest.New()
	must(err)
	defer meta.Close()
	cfg, err := parseConfig(map[string]string{
		"WHATSAPP_ACCESS_TOKEN": meta.AccessToken(), "WHATSAPP_PHONE_NUMBER_ID": meta.PhoneNumberID(),
		"WHATSAPP_APP_SECRET": meta.AppSecret(), "WHATSAPP_API_BASE_URL": meta.GraphURL(), "WHATSAPP_PERMISSION_TEXT": "May I?",
	}, []string{"--call", "+1 (555) 999-0000,+1 555 999 0001"}, io.Discard)
	must(err)
	wa := cfg.whatsApp(nil)
	wa.Logger = slog.New(slog.DiscardHandler)
	bot := whatsapp.New(wa)
	bot.OnCall(func(ctx context.Context, _ *whatsapp.Call) error { <-ctx.Done(); return nil })
	e := echo.New()
	bot.Mount(e.Group(""))
	server := httptest.NewServer(e)
	defer server.Close()
	meta.SetWebhook(server.URL + "/webhook")
	defer func() { must(bot.Shutdown(context.WithoutCancel(ctx))) }()
	_, err = meta.SendText(ctx, eve, "hello") // a question may be asked only within a day of a message
	must(err)

	meta.Permit(ada, true)
	callees, err := cfg.callees()
	must(err)
	dial(ctx, bot, callees)
	call, err := meta.WaitCall(ctx, ada)
	must(err)
	must(call.PickUp(ctx))
	_, err = meta.WaitPermissionRequest(ctx, eve)
	must(err)
	must(meta.AnswerPermission(ctx, eve, whatsapptest.PermissionReply{Accept: true}))
	if call, err = meta.WaitCall(ctx, eve); err == nil {
		err = call.PickUp(ctx)
	}
	must(err)
}
