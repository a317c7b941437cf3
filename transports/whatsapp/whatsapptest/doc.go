// Package whatsapptest emulates Meta's side of the WhatsApp Business Cloud API, calls included, so that a bot
// written in any language can be tested and shown without an account, a phone or the internet.
//
// An Emulator is one business number. It serves the Graph API that the bot calls (GraphURL), posts the signed
// webhooks that the bot receives, and has users who call, speak, listen, write and hang up:
//
//	e, err := whatsapptest.New(whatsapptest.WithWebhook("http://127.0.0.1:8080/whatsapp/webhook"))
//	call, err := e.Call(ctx, whatsapptest.User{WaID: "15559990000", Name: "Ada"})
//	err = call.WaitAccepted(ctx)
//	said, err := call.Say(ctx, question)
//	_, err = call.WaitSpeech(ctx, said.End)
//	wait, ok := call.Response(said)
//	err = call.HangUp(ctx)
//
// The media side is a relay like WhatsApp's: ICE-lite, deaf until the answer came, DTLS server only, silent until
// the bot's first packet. The emulator is strict. What Meta refuses, it refuses, with Meta's error bodies; what Meta
// lets through although it breaks a call, it records as a Violation, so a good bot's calls have none.
//
// # Time
//
// Everything that happens is an Event with its time, and tests wait for events (WaitFor), never for time. A call has
// a sample clock that begins when the phone rings. What the user says and what the user hears are both on it: the user's
// microphone records a sample 0 to 20 ms before its packet leaves, and a packet of the bot plays from the moment at which it
// arrived. Response and BargeIn measure on that clock, so they include packets and network, as the user's ears do.
//
// # Files
//
// Users send voice notes, pictures and documents (SendVoiceNote, SendImage, SendDocument, SendFile), which the bot fetches as
// from Meta: links expire (ExpireLinks), and a Fault on "object" or "download" makes fetching fail.
//
// # Calls of the business
//
// The bot may call users who permit it: Permit, or AnswerPermission when the bot has asked (WaitPermissionRequest). Limits are
// Meta's: one question a day, two a week, a hundred calls a day, and four calls in a row that are not answered take the
// permission back; Advance moves their clock on. WaitCall returns a call of the bot; PickUp, Decline or nothing is
// what the user does with it. WithOutgoing changes what Meta's side does on the way.
//
// # Not emulated
//
// SDES, PCMU and PCMA, recording and SIP. The order in which webhooks of different events arrive is that in which things
// happen; for any other, place calls with Unannounced and Post their webhooks yourself.
package whatsapptest
