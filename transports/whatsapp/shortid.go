package whatsapp

// shortIDLength is how much of an id logs show: enough to tell calls apart, and not more than a few digits of the
// number that is in it.
const shortIDLength = 12

// shortID is the end of one of Meta's ids. They hold the user's number in base64, which has no place in a log.
func shortID(id string) string {
	if len(id) <= shortIDLength {
		return id
	}
	return "…" + id[len(id)-shortIDLength:]
}
