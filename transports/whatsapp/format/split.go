package format

// A Piece is a part of a text that is short enough for one message.
type Piece struct {
	// Text is the message. It is Source, with fences and marks added where a cut separated them.
	Text string
	// Source is the part of the text that the piece stands for. The sources of all pieces, one after the other, are
	// the text.
	Source string
}

// Split cuts a text in WhatsApp's markup into pieces of at most limit UTF-16 units each; for a WhatsApp message that
// is 4,096. A text that fits is its only piece, and a text with nothing to read in it has none.
//
// It cuts behind a paragraph if that leaves a piece of a decent size, else behind a line, a sentence, a word, and only
// inside a word that is longer than a piece between two characters as the user sees them. It never cuts inside a web
// or mail address that fits into a piece. Fenced code that would fit into a piece stays whole; longer code is cut
// behind a line, and only a line that is longer than a piece inside it. Its fence is closed at the cut and opened
// again behind it, with its language; so are *, _, ~ and inline code.
//
// Nothing is lost: without the fences and marks that were added, the pieces one after the other are the text, except
// for white space that would have been a piece by itself, or that stood at a cut before the end or behind the
// beginning of fenced code.
//
// A limit below 2, the units of one emoji, counts as 2. Where a limit is too small for marks or fences besides a
// character of text, none are added; a character that is longer than the limit, such as one with thousands of
// accents, is cut between its runes.
func Split(text string, limit int) []string {
	var out []string
	for _, p := range Pieces(text, limit) {
		out = append(out, p.Text)
	}
	return out
}

// Pieces is like [Split] and says in addition which part of the text each piece stands for.
func Pieces(text string, limit int) []Piece {
	limit = max(limit, 2)
	if blank(text) {
		return nil
	}
	if len(text) <= limit || unitsOf(text) <= limit {
		return []Piece{{text, text}}
	}
	c := cutter{layout: scan(text, limit), limit: limit, at: place{span: -1}}
	var out []Piece
	from := 0
	for c.at.pos < len(text) {
		message, readable := c.next()
		if readable {
			out = append(out, Piece{message, text[from:c.at.pos]})
		} else if len(out) > 0 {
			last := &out[len(out)-1]
			last.Source = text[from-len(last.Source) : c.at.pos]
		} else {
			continue // it belongs to the first piece
		}
		from = c.at.pos
	}
	return out
}
