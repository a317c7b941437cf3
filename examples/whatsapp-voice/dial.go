package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// callees are the users to call.
func (c *config) callees() ([]webhook.User, error) {
	var users []webhook.User
	for _, text := range c.Call {
		user, err := whatsapp.ParseUser(text)
		if err != nil {
			return nil, fmt.Errorf("WHATSAPP_CALL or --call: %w", err)
		}
		users = append(users, user)
	}
	return users, nil
}

// dial calls users, all at the same time, and logs what becomes of it. It returns when Meta has taken the calls or refused
// them. The bot goes on whatever happens.
func dial(ctx context.Context, bot *whatsapp.Bot, users []webhook.User) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, user := range users {
		wg.Go(func() { // ends when Meta has answered, or with ctx
			log := slog.With("to", user.String())
			log.Info("placing a call")
			call, err := bot.Call(ctx, user)
			switch {
			case err == nil:
				log.Info("WhatsApp has taken the call; the phone is about to ring", "call", call.String())
			case errors.Is(err, whatsapp.ErrPermissionPending):
				log.Info("the user was asked for permission; the call is placed when it is given")
			case ctx.Err() == nil:
				log.Error("the call was not placed", "err", err)
			}
		})
	}
}
