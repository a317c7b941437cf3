package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const textHelp = `
Usage: parley text --webhook URL [flags] TEXT...

Writes to a WhatsApp bot as a user would, without WhatsApp: it serves the Graph API that the bot talks to, posts the
signed webhook of each text, and prints what the bot answers. Each TEXT is a message; the next one is sent when the bot
has answered. The bot may be written in any language; start it so that its Graph base URL points here, such as

  WHATSAPP_API_BASE_URL=http://127.0.0.1:8090/v25.0 WHATSAPP_ACCESS_TOKEN=test-access-token \
  WHATSAPP_PHONE_NUMBER_ID=600700800900100 WHATSAPP_APP_SECRET=test-app-secret my-bot

The status is 1 if a text was not answered.`

// textFlags are the flags of "parley text".
type textFlags struct {
	webhook, secret, token, phoneID, from, userID, graph string

	patience time.Duration
	texts    []string
}

// parseTextFlags reads the command line.
func parseTextFlags(args []string, stdout io.Writer) (textFlags, error) {
	var f textFlags
	fs := newFlags("text", textHelp, stdout)
	fs.StringVar(&f.webhook, "webhook", "", "the bot's webhook `URL`, such as http://127.0.0.1:8080/whatsapp/webhook")
	fs.StringVar(&f.secret, "app-secret", "test-app-secret", "app `secret` that webhooks are signed with; empty: unsigned")
	fs.StringVar(&f.token, "access-token", "", "access `token` that the bot has to show; empty: any")
	fs.StringVar(&f.phoneID, "phone-number-id", "600700800900100", "Graph `id` of the business number")
	fs.StringVar(&f.from, "from", "15559990000", "phone `number` of the user")
	fs.StringVar(&f.userID, "user-id", "", "business-scoped `id` of a user who hides the number, such as US.1234567890")
	fs.StringVar(&f.graph, "graph-addr", "127.0.0.1:8090", "`host:port` on which the Graph API is served for the bot")
	fs.DurationVar(&f.patience, "patience", time.Minute, "how long to wait for each answer")
	if err := fs.Parse(args); err != nil {
		if err == pflag.ErrHelp {
			return f, err
		}
		return f, usageError{err}
	}
	f.texts = fs.Args()
	switch {
	case f.webhook == "":
		return f, usagef("--webhook is missing: give the bot's webhook URL")
	case strings.TrimSpace(strings.Join(f.texts, "")) == "":
		return f, usagef("there is nothing to write: give the texts behind the flags")
	}
	return f, nil
}

// runText writes to a bot.
func runText(ctx context.Context, args []string, stdout, _ io.Writer) error {
	f, err := parseTextFlags(args, stdout)
	if err != nil {
		return err
	}
	e, err := whatsapptest.New(
		whatsapptest.WithListenAddr(f.graph), whatsapptest.WithWebhook(f.webhook), whatsapptest.WithAppSecret(f.secret),
		whatsapptest.WithAccessToken(f.token), whatsapptest.WithPhoneNumber(f.phoneID, "15550001111"),
	)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	user := whatsapptest.User{WaID: f.from, Name: "Parley user", ID: f.userID, Hidden: f.userID != ""}
	for _, text := range f.texts {
		if err := exchange(ctx, e, user, text, f.patience, stdout); err != nil {
			return err
		}
	}
	for _, v := range e.Violations() {
		fmt.Fprintf(stdout, "violation: %v\n", v)
	}
	return nil
}

// exchange writes one text and prints the answer.
func exchange(ctx context.Context, e *whatsapptest.Emulator, user whatsapptest.User, text string, patience time.Duration, w io.Writer) error {
	fmt.Fprintf(w, "user: %s\n", text)
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the bot did not answer within %v", patience))
	defer cancel()
	if _, err := e.SendText(ctx, user, text); err != nil {
		return err
	}
	answer, err := e.WaitMessage(ctx, user)
	if err != nil {
		return fmt.Errorf("%w; is its Graph base URL %s?", context.Cause(ctx), e.GraphURL())
	}
	fmt.Fprintf(w, "bot:  %s  (%d ms)\n", answer.Text, time.Since(began).Milliseconds())
	return nil
}
