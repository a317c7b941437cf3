package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// A text message is sent; here to a stand-in for Meta.
func ExampleClient_SendText() {
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"messages":[{"id":"wamid.1"}]}`)
	}))
	defer meta.Close()

	client := graph.New("access token", "600700800900100", graph.WithBaseURL(meta.URL))
	defer client.Close()
	id, err := client.SendText(context.Background(), graph.Phone("15559990000"), graph.Text{Body: "Hello!"})
	fmt.Println(id, err)
	// Output: wamid.1 <nil>
}
