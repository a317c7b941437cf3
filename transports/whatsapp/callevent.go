package whatsapp

import "github.com/parley-voice/parley/transports/whatsapp/webhook"

// event is something that happened to a call, for its actor.
type event struct {
	what   happening
	reason error              // of a stop: why; of a gone: nil
	end    *webhook.Terminate // of a gone
	answer *webhook.Connect   // of an answerCame
}
