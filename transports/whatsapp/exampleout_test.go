package whatsapp_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// emulate starts a bot for an emulator of Meta's side.
func emulate(cfg whatsapp.Config) (meta *whatsapptest.Emulator, bot *whatsapp.Bot, stop func()) {
	meta, err := whatsapptest.New()
	if err != nil {
		panic(err) // no network at all
	}
	cfg.AccessToken, cfg.PhoneNumberID, cfg.VerifyToken = meta.AccessToken(), meta.PhoneNumberID(), meta.VerifyToken()
	cfg.AppSecret, cfg.APIBaseURL, cfg.Logger = meta.AppSecret(), meta.GraphURL(), discard
	bot = whatsapp.New(cfg)
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/whatsapp/webhook")
	return meta, bot, func() {
		_ = bot.Shutdown(context.Background())
		server.Close()
		_ = meta.Close()
	}
}

// show writes a text to the bot and prints what the user gets, in so many messages.
func show(ctx context.Context, meta *whatsapptest.Emulator, text string, messages int) (last whatsapptest.Message) {
	user := whatsapptest.User{WaID: "15559990000", Name: "Ada"}
	if text != "" {
		if _, err := meta.SendText(ctx, user, text); err != nil {
			fmt.Println(err)
			return last
		}
	}
	for range messages {
		m, err := meta.WaitMessage(ctx, user)
		if err != nil {
			fmt.Println(err)
			return last
		}
		fmt.Println(m)
		last = m
	}
	return last
}

// A stage of one's own adds a picture and a document to an answer: the picture goes before the text, the document behind it.
func ExampleMessage_Output_attachments() {
	meta, bot, stop := emulate(whatsapp.Config{})
	defer stop()
	llm := says("Here is your **invoice**.") // any services.LLM
	files := pipeline.Handle(func(_ context.Context, end frame.ResponseEnd, out *pipeline.Emitter) error {
		for _, f := range []frame.Attachment{
			{Name: "invoice.pdf", MIMEType: "application/pdf", Data: []byte("%PDF-1.7 ...")},
			{Name: "chart.png", MIMEType: "image/png", Data: []byte("\x89PNG ..."), Caption: "What you bought"},
		} {
			if err := out.Push(f); err != nil {
				return err
			}
		}
		return out.Push(end)
	})
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(llm, msg.Conversation()), files, msg.Output()).Run(ctx)
	})
	show(context.Background(), meta, "My invoice, please", 3)
	// Output:
	// [image What you bought]
	// Here is your *invoice*.
	// [document invoice.pdf]
}

// Choices become buttons below the text. What the user taps comes as a message with the title of the button.
func ExampleMessage_Output_choices() {
	meta, bot, stop := emulate(whatsapp.Config{Mode: whatsapp.Chat, Debounce: -1})
	defer stop()
	llm := &model{answer: func(last string) (string, error) {
		if last == "At seven" {
			return "Booked.", nil
		}
		return "When?", nil
	}}
	choices := pipeline.Handle(func(_ context.Context, end frame.ResponseEnd, out *pipeline.Emitter) error {
		if end.ID == 1 && len(llm.requests) == 1 { // only below the question
			times := frame.Choices{Options: []frame.Choice{{ID: "19", Title: "At seven"}, {ID: "20", Title: "At eight"}}}
			if err := out.Push(times); err != nil {
				return err
			}
		}
		return out.Push(end)
	})
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(llm, msg.Conversation()), choices, msg.Output()).Run(ctx)
	})
	ctx := context.Background()
	question := show(ctx, meta, "A table for two, please", 1)
	if _, err := meta.Choose(ctx, whatsapptest.User{WaID: "15559990000"}, question, "19"); err != nil {
		fmt.Println(err)
		return
	}
	show(ctx, meta, "", 1)
	// Output:
	// When? [At seven | At eight]
	// Booked.
}

// When the user's last message is older than 24 hours, Meta takes nothing but templates. The answer goes into one that was
// approved before; without this function nothing would be sent.
func ExampleConfig_onWindowClosed() {
	meta, bot, stop := emulate(whatsapp.Config{
		OnWindowClosed: func(_ context.Context, _ webhook.User, text string) (graph.Template, bool) {
			return graph.Template{Name: "news", Language: "en_US", Body: graph.TextParameters(text)}, true
		},
	})
	defer stop()
	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		meta.CloseWindow(whatsapptest.User{WaID: "15559990000"}) // such as while a slow answer was made
		return msg.Reply(ctx, "Your parcel has arrived.")
	})
	show(context.Background(), meta, "Tell me when my parcel is there", 1)
	// Output: [template news Your parcel has arrived.]
}

// A bot hears of every answer to the question whether it may call. Bot.Call asks that question, and calls that wait for the
// permission are placed without this function.
func ExampleBot_OnPermission() {
	meta, bot, stop := emulate(whatsapp.Config{})
	defer stop()
	answers := make(chan webhook.Permission, 1)
	bot.OnPermission(func(p webhook.Permission) { answers <- p })
	ctx, ada := context.Background(), whatsapptest.User{WaID: "15559990000"}
	if err := meta.AnswerPermission(ctx, ada, whatsapptest.PermissionReply{Accept: true, Permanent: true}); err != nil {
		fmt.Println(err)
		return
	}
	p := <-answers
	fmt.Println(p.User, "accepted:", p.Accepted, "for good:", p.Permanent)
	// Output: …0000 accepted: true for good: true
}
