package g2p

// group cuts tokens into subtokens and puts those together that no space or punctuation separates.
func group(tokens []token) [][]token {
	var groups [][]token
	open := false
	for _, t := range tokens {
		parts := []token{t}
		if !t.read && !readMark(&parts[0]) {
			parts = parts[:0]
			for _, text := range subtokens(t.text) {
				part := t
				part.text, part.space = text, false
				parts = append(parts, part)
			}
			if len(parts) == 0 {
				continue
			}
			parts[len(parts)-1].space = t.space
		}
		for i, part := range parts {
			if len(parts) > 2 && i > 0 && i < len(parts)-1 && part.text == "2" {
				part.text = "to" // "B2B"
			}
			switch {
			case part.read:
				groups = append(groups, []token{part})
				open = false
			case open:
				part.inside = true
				groups[len(groups)-1] = append(groups[len(groups)-1], part)
				open = !part.space
			default:
				groups = append(groups, []token{part})
				open = !part.space
			}
		}
	}
	return groups
}

// readMark reads punctuation.
func readMark(t *token) bool {
	switch {
	case only(t.text, punctuation+"()"):
		t.say(t.text)
	case (t.text == "-" || t.text == "–") && t.tag == ":":
		t.say("—")
	default:
		return false
	}
	return true
}
