// Package webhook reads what Meta posts to a WhatsApp webhook: it checks signatures and turns bodies into typed
// events.
//
// Nothing in a body is taken for granted. Documentation, recorded traffic and years of changes disagree on which
// members exist and on whether a number is written as a string, so every member is optional, both forms are
// read, unknown members are skipped, and one malformed event does not spoil the others of its batch.
//
//	if !webhook.Signed(appSecret, body, r.Header.Get(webhook.SignatureHeader)) { ... 403 ... }
//	batch, err := webhook.Parse(body)
//	for _, e := range batch.Events {
//		switch e := e.(type) {
//		case *webhook.Connect: // a phone rings
//		case *webhook.Terminate:
//		case *webhook.Message:
//		}
//	}
package webhook
