package whatsapp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A bot calls a user, here one of the emulator. She is asked for the permission first; when she gives it, the call is
// placed by itself, and the handler runs.
func ExampleBot_Call() {
	meta, err := whatsapptest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer meta.Close()
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(),
		AppSecret: meta.AppSecret(), APIBaseURL: meta.GraphURL(), Logger: discard,
	})
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	defer server.Close()
	ctx := context.Background()
	defer func() { _ = bot.Shutdown(ctx) }()
	meta.SetWebhook(server.URL + "/whatsapp/webhook")

	picked := make(chan struct{})
	bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		fmt.Println("it rings:", call.Direction()) // services warm up while it does
		select {
		case <-call.Accepted():
			fmt.Println("she picked up")
			close(picked)
			return nil // instead of a pipeline, hang up
		case <-ctx.Done():
			return nil
		}
	})

	ada := whatsapptest.User{WaID: "15559990000"}
	if _, err := meta.SendText(ctx, ada, "Please call me"); err != nil { // within 24 hours she may be asked
		fmt.Println(err)
		return
	}
	user, err := whatsapp.ParseUser("+1 (555) 999-0000")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err = bot.Call(ctx, user); errors.Is(err, whatsapp.ErrPermissionPending) {
		fmt.Println("she was asked")
	}
	if err := meta.AnswerPermission(ctx, ada, whatsapptest.PermissionReply{Accept: true}); err != nil {
		fmt.Println(err)
		return
	}
	phone, err := meta.WaitCall(ctx, ada)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := phone.PickUp(ctx); err != nil {
		fmt.Println(err)
		return
	}
	<-picked
	// Output:
	// she was asked
	// it rings: BUSINESS_INITIATED
	// she picked up
}
