package caller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Answer is Place for a bot that calls: it waits for the call, for as long as the request lets a phone ring, and picks up
// after a while. If the bot asks for the permission to call, the user gives it.
func Answer(ctx context.Context, e *whatsapptest.Emulator, r Request, pickUp time.Duration) (Result, audio.PCM, error) {
	waiting, cancel := context.WithTimeout(ctx, r.Answer)
	defer cancel()
	permitted := make(chan error, 1)
	go func() { permitted <- permit(waiting, e, r.From) }() // ends with waiting
	call, err := e.WaitCall(waiting, r.From)
	cancel()
	if permitErr := <-permitted; err != nil && permitErr != nil {
		err = permitErr
	}
	if err == nil {
		err = pause(ctx, pickUp)
	}
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("the bot did not call within %v; its Graph base URL has to point to %s", r.Answer, e.GraphURL())
		return Failed(err), audio.PCM{}, err
	case err != nil:
		return Failed(err), audio.PCM{}, err
	}
	if err := call.PickUp(ctx); err != nil {
		return Failed(err), audio.PCM{}, err
	}
	return r.through(ctx, e, call)
}

// permit gives the permission to call, once, if the bot asks for it before ctx ends.
func permit(ctx context.Context, e *whatsapptest.Emulator, user whatsapptest.User) error {
	if _, err := e.WaitPermissionRequest(ctx, user); err != nil {
		return nil // it did not ask
	}
	return e.AnswerPermission(ctx, user, whatsapptest.PermissionReply{Accept: true})
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
