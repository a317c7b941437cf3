package redis_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// TestTwoNodesLoseNothing has two nodes, each with a connection and a book of its own, add to one conversation at
// the same time.
func TestTwoNodesLoseNothing(t *testing.T) {
	const nodes, messages = 2, 50
	server := startServer(t)
	var all sync.WaitGroup
	for node := range nodes {
		c, err := conversation.NewBook(open(t, server.url())).Open(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { // ends with its messages
			for i := range messages {
				m := services.Message{Role: services.User, Text: fmt.Sprintf("%d.%02d", node, i)}
				if _, err := c.Append(t.Context(), m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	third, err := conversation.NewBook(open(t, server.url())).Open(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	var got, want [nodes][]string
	for _, m := range third.Snapshot().Messages {
		node := int(m.Text[0] - '0')
		got[node] = append(got[node], m.Text)
	}
	for node := range nodes {
		for i := range messages {
			want[node] = append(want[node], fmt.Sprintf("%d.%02d", node, i))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("each node's messages (-want +got):\n%s", diff)
	}
}
