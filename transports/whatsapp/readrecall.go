package whatsapp

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

const (
	// defaultPictureTurns is for how many further turns of a user the model sees a picture again.
	defaultPictureTurns = 3
	// maxRecalled is how many earlier pictures a model gets with one turn, and as many again if they are quoted.
	maxRecalled = 2
	// recallLimit is how long it may take to get an earlier picture; then the turn is answered without it.
	recallLimit = 10 * time.Second
)

// recalled are the pictures that a turn may be about beside its own: those of the turns just before, and those that it
// quotes.
func (b *Bot) recalled(m *Message, said []services.Message) []frame.Image {
	if !b.cfg.Pictures {
		return nil
	}
	var quotes []string
	for _, a := range m.arrivals {
		quotes = append(quotes, a.event.ReplyTo)
	}
	return slices.DeleteFunc(earlier(said, b.cfg.PictureTurns, quotes), func(i frame.Image) bool {
		return slices.ContainsFunc(m.images, func(own frame.Image) bool { return own.Ref == i.Ref })
	})
}

// recall gets such pictures from Meta, which keeps them for a week: a picture is kept neither in memory nor in the store.
// One that cannot be had remains without its data.
func (b *Bot) recall(ctx context.Context, m *Message) {
	ctx, cancel := context.WithTimeout(ctx, recallLimit)
	defer cancel()
	var wg sync.WaitGroup
	for i := range m.recalled {
		wg.Go(func() { m.recalled[i].Data = b.refetch(ctx, m, m.recalled[i].Ref) }) // ends soon after ctx
	}
	wg.Wait()
}

// earlier returns the pictures of a conversation that were sent in the last turns of the user, and those that are quoted.
func earlier(said []services.Message, turns int, quotes []string) (images []frame.Image) {
	var quoted []frame.Image
	add := func(to *[]frame.Image, from []frame.Image) {
		for _, i := range slices.Backward(from) {
			same := func(o frame.Image) bool { return o.Ref == i.Ref }
			if len(*to) < maxRecalled && i.Ref != "" && !slices.ContainsFunc(images, same) && !slices.ContainsFunc(quoted, same) {
				*to = append(*to, i)
			}
		}
	}
	for _, m := range slices.Backward(said) {
		if m.Role != services.User {
			continue
		}
		if slices.ContainsFunc(m.Refs, func(id string) bool { return slices.Contains(quotes, id) }) {
			add(&quoted, m.Images)
		}
		if turns > 0 {
			add(&images, m.Images)
		}
		turns--
	}
	return append(images, quoted...)
}

// refetch gets a picture that came earlier. It returns nil if it cannot be had.
func (b *Bot) refetch(ctx context.Context, m *Message, id string) []byte {
	leave, err := b.looking.enter(ctx, m.line.users.id(m.event.User))
	if err != nil {
		return nil
	}
	defer leave()
	data, _, err := m.line.graph.DownloadMedia(ctx, id, min(b.cfg.MaxFileBytes, maxPictureBytes))
	if _, ok := pictureType(data); err != nil || !ok {
		m.log.Info("an earlier picture cannot be shown to the model again", "err", err)
		return nil
	}
	return data
}
