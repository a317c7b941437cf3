package whatsapptest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A bot is tested by writing to it and by calling it. This one only takes webhooks, so nobody answers the call.
func Example() {
	bot := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer bot.Close()
	e, err := whatsapptest.New(
		whatsapptest.WithWebhook(bot.URL),
		whatsapptest.WithTimers(whatsapptest.Timers{Answer: 50 * time.Millisecond}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = e.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	ada := whatsapptest.User{WaID: "15559990000", Name: "Ada"}
	call, err := e.Call(ctx, ada)
	if err != nil {
		fmt.Println(err)
		return
	}
	ending, err := call.WaitEnded(ctx)
	fmt.Println(ending.Reason, ending.Status, err)
	fmt.Println(len(e.Messages(ada)), "messages,", len(e.Violations()), "violations")
	// Output:
	// not answered COMPLETED <nil>
	// 0 messages, 0 violations
}
