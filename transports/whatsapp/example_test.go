package whatsapp_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A bot that answers messages, and an emulated user who writes one. A handler of calls looks the same: its
// pipeline begins with call.Input() and ends with call.Output().
func Example() {
	meta, err := whatsapptest.New() // Meta's side; a real bot gets these settings from Meta's dashboard
	if err != nil {
		fmt.Println(err)
		return
	}
	defer meta.Close()

	bot := whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(),
		AppSecret: meta.AppSecret(), APIBaseURL: meta.GraphURL(), Logger: discard,
	})
	llm := echoModel() // any services.LLM
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(llm, msg.Conversation()), msg.Output()).Run(ctx)
	})
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	defer server.Close()

	ctx := context.Background()
	defer func() { _ = bot.Shutdown(ctx) }()
	meta.SetWebhook(server.URL + "/whatsapp/webhook")
	user := whatsapptest.User{WaID: "15559990000", Name: "Ada"}
	if _, err := meta.SendText(ctx, user, "Hello!"); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := meta.WaitMessage(ctx, user)
	fmt.Println(answer.Text, err)
	// Output: You said: Hello! <nil>
}
