package whatsapptest

import "errors"

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("whatsapptest: the emulator is closed")
	// ErrNoWebhook is returned when there is no webhook address to deliver to.
	ErrNoWebhook = errors.New("whatsapptest: no webhook URL, give one with WithWebhook or SetWebhook")
	// ErrWebhookRefused is returned when the bot did not answer a webhook with 200.
	ErrWebhookRefused = errors.New("whatsapptest: the bot refused the webhook")
	// ErrWebhookUnreachable is returned when nobody answered at the webhook's address.
	ErrWebhookUnreachable = errors.New("whatsapptest: the webhook cannot be reached")
	// ErrVerification is returned when the bot did not echo the challenge of the verification.
	ErrVerification = errors.New("whatsapptest: the bot failed the webhook verification")
	// ErrBusy is returned by Call while the same user has another call with the business.
	ErrBusy = errors.New("whatsapptest: this user is already in a call with the business")
	// ErrEnded is returned by the methods of a call that is over, or that ended while they waited.
	ErrEnded = errors.New("whatsapptest: the call is over")
	// ErrNoMedia is returned by Say when the bot sent no media while it waited: the user's side may not send first.
	ErrNoMedia = errors.New("whatsapptest: no media flows, the bot has to send the first packet")
	// ErrNothing is returned by Say for a clip without samples.
	ErrNothing = errors.New("whatsapptest: the clip has no samples")
	// ErrReplay is returned by Say in a call WithReplay: its microphone sends nothing else.
	ErrReplay = errors.New("whatsapptest: the call replays packets and cannot say anything else")
	// ErrUnknownMedia is returned for a media id that the emulator does not hold.
	ErrUnknownMedia = errors.New("whatsapptest: no such media")
)
