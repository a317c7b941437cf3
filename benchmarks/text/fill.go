package text

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// fillers is how many conversations are written at the same time: the store writes them together.
const fillers = 512

// fill stores a conversation of a question and its answer for each of some users, as the bot does when they write.
func fill(ctx context.Context, book *conversation.Book, first, users int) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range fillers {
		wg.Go(func() { // ends when all are stored
			for u := next.Add(1); u <= int64(users) && failed.Load() == nil; u = next.Add(1) {
				talk, err := book.Open(ctx, userNumber(first+int(u)))
				if err == nil {
					_, err = talk.Append(ctx, services.Message{Role: services.User, Text: question})
				}
				if err == nil {
					_, err = talk.Append(ctx, services.Message{Role: services.Assistant, Text: thanks})
				}
				if err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
