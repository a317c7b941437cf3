package conversation

// shownKey is how much of a key errors show: enough to find it, and not a whole telephone number.
const shownKey = 4

// shortKey is the end of a key. Keys are often telephone numbers, which have no place in errors and logs.
func shortKey(key string) string {
	runes := []rune(key)
	if len(runes) <= shownKey {
		return "…"
	}
	return "…" + string(runes[len(runes)-shownKey:])
}
