package whatsapptest

import "strconv"

// Envelope is the payload of a webhook: what Meta posts to the bot. Tests build unusual ones from those of
// Call.ConnectWebhook and the like, and Post them.
type Envelope struct {
	Object string  `json:"object"`
	Entry  []Entry `json:"entry"`
}

// Entry is one business account in an Envelope.
type Entry struct {
	ID      string   `json:"id"`
	Changes []Change `json:"changes"`
}

// Change is one update: Field is "calls" or "messages".
type Change struct {
	Field string `json:"field"`
	Value Value  `json:"value"`
}

// Value is what a Change carries. Its lists hold maps, so that a test can add, change or remove any member.
type Value struct {
	Product  string           `json:"messaging_product,omitempty"`
	Metadata map[string]any   `json:"metadata,omitempty"`
	Contacts []map[string]any `json:"contacts,omitempty"`
	Calls    []map[string]any `json:"calls,omitempty"`
	Messages []map[string]any `json:"messages,omitempty"`
	Statuses []map[string]any `json:"statuses,omitempty"`
	Errors   []map[string]any `json:"errors,omitempty"`
}

// Batch joins the changes of several envelopes into one webhook, as Meta may do.
func Batch(envelopes ...Envelope) Envelope {
	var all Envelope
	for _, envelope := range envelopes {
		all.Object = envelope.Object
		for _, entry := range envelope.Entry {
			if n := len(all.Entry); n > 0 && all.Entry[n-1].ID == entry.ID {
				last := &all.Entry[n-1]
				last.Changes = append(append([]Change(nil), last.Changes...), entry.Changes...)
			} else {
				all.Entry = append(all.Entry, entry)
			}
		}
	}
	return all
}

// envelope wraps one change.
func (e *Emulator) envelope(field string, value Value) Envelope {
	value.Product = "whatsapp"
	value.Metadata = map[string]any{
		"display_phone_number": e.cfg.displayPhone,
		"phone_number_id":      e.cfg.phoneID,
	}
	return Envelope{
		Object: "whatsapp_business_account",
		Entry:  []Entry{{ID: e.cfg.accountID, Changes: []Change{{Field: field, Value: value}}}},
	}
}

// unixText is how most timestamps travel: seconds, as a string.
func unixText(seconds int64) string { return strconv.FormatInt(seconds, 10) }
