package whatsapp

import (
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services/memory"
)

// newMemoryBook keeps conversations as long as the process lives.
func newMemoryBook() *conversation.Book { return conversation.NewBook(memory.New()) }
