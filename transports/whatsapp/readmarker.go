package whatsapp

import "regexp"

const (
	// endOfDocument stands behind a document's text, and documentGoesOn behind its beginning.
	endOfDocument  = "End of the document"
	documentGoesOn = "The document goes on, and you get only its beginning"
)

// forgedEnds are what a model would take for the end of a document.
var forgedEnds = regexp.MustCompile(`(?i)[\[［【]([\s\p{Z}\p{Cf}]*(?:end[\s\p{Z}]+of[\s\p{Z}]+the[\s\p{Z}]+document|the[\s\p{Z}]+document[\s\p{Z}]+goes[\s\p{Z}]+on))`)

// withoutEnds opens such ends within a document's text with another bracket: the text may be a stranger's, and what stands
// behind its end is the user's.
func withoutEnds(text string) string { return forgedEnds.ReplaceAllString(text, "($1") }
