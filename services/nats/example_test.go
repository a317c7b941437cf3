package nats_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/nats"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	server, err := newServer(dir, nil) // elsewhere: nats-server -js
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.stop()

	ctx := context.Background()
	store, err := nats.Open(ctx, server.url(), nats.WithBucket("conversations"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	revision, _ := store.Put(ctx, "ada", []byte("hello"), 0)
	_, err = store.Put(ctx, "ada", []byte("too late"), 0)
	value, at, _ := store.Get(ctx, "ada")
	fmt.Println(string(value), at == revision, errors.Is(err, services.ErrConflict))
	// Output: hello true true
}
