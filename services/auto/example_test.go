package auto_test

import (
	"context"
	"fmt"

	"github.com/parley-voice/parley/services/auto"
)

func ExampleStore() {
	store, err := auto.Store("memory")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	_, err = store.Put(context.Background(), "user 1", []byte("hello"), 0)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleEngine_String() {
	fmt.Println(auto.Engine{Name: "ollama", Model: "llama3.2:3b", Server: "http://127.0.0.1:11434/v1", Local: true})
	// Output: ollama llama3.2:3b (http://127.0.0.1:11434/v1)
}
