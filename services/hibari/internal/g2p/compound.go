package g2p

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestCompound is of how many parts a word is looked up: it keeps the time for endless words within bounds.
const longestCompound = 12

// read sets the phonemes of a group of tokens, and returns the context for the group before it.
//
// It looks for the longest end of the group that is a word, and goes on with what is left of it. If something
// remains that is none, the whole group is guessed.
func (p *Phonemizer) read(g []token, c context) (context, error) {
	if len(g) == 1 && g[0].read {
		return c.after(g[0]), nil
	}
	start := c
	for right := len(g); right > 0; {
		left := max(0, right-longestCompound)
		for ; left < right; left++ {
			merged := merge(g[left:right])
			if ps, ok := p.reader.read(merged, c); ok {
				g[left].say(ps)
				for i := left + 1; i < right; i++ {
					g[i].say("")
				}
				merged.say(ps)
				c = c.after(merged)
				break
			}
		}
		if left < right {
			right = left
			continue
		}
		right--
		last := &g[right]
		if right == len(g)-1 && strings.Contains(pauses, last.text) {
			last.say(last.text)
			c = c.after(*last)
			continue
		}
		if only(last.text, silentSigns) {
			last.say("")
			continue
		}
		return p.guessAll(g, start)
	}
	settle(g)
	return c, nil
}

// merge makes one token of several.
func merge(g []token) token {
	if len(g) == 1 {
		return g[0]
	}
	m := g[0]
	most := -1
	var b strings.Builder
	for _, t := range g {
		b.WriteString(t.text)
		if n := prominence(t.text); n > most {
			most, m.tag = n, t.tag
		}
	}
	m.text = b.String()
	return m
}

// prominence says which part of a word gives it its part of speech: the longest, and capitals count twice.
func prominence(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n
}

// settle balances the parts of a word: their stress, and the spaces between them.
func settle(g []token) {
	apart := mixed(g)
	for i := range g {
		g[i].apart = i > 0 && apart
	}
	if apart {
		return
	}
	type voiced struct {
		at     int
		strong bool
		weight int
	}
	var all []voiced
	strong := 0
	for i, t := range g {
		if t.phonemes == "" {
			continue
		}
		v := voiced{i, strings.Contains(t.phonemes, primary), weight(t.phonemes)}
		if v.strong {
			strong++
		}
		all = append(all, v)
	}
	weaken := func(v voiced) { g[v.at].phonemes = weaker.apply(g[v.at].phonemes) }
	if len(all) == 2 && utf8.RuneCountInString(g[all[0].at].text) == 1 { // "T-shirt"
		weaken(all[1])
		return
	}
	if len(all) < 2 || strong <= (len(all)+1)/2 {
		return
	}
	// More than half of the parts have a main stress: the lighter half loses it.
	slices.SortStableFunc(all, func(a, b voiced) int {
		if a.strong != b.strong {
			return map[bool]int{true: 1, false: -1}[a.strong]
		}
		return a.weight - b.weight
	})
	for _, v := range all[:len(all)/2] {
		weaken(v)
	}
}

// mixed says that a group holds letters and figures, or a sign: its parts are words of their own.
func mixed(g []token) bool {
	kinds := map[int]bool{}
	for _, t := range g {
		for _, r := range t.text {
			switch {
			case r == '/':
				return true
			case strings.ContainsRune(silentSigns, r):
			case unicode.IsLetter(r):
				kinds[0] = true
			case isDigit(r):
				kinds[1] = true
			default:
				kinds[2] = true
			}
		}
	}
	return len(kinds) > 1
}

// guessAll reads a group that has something unknown in it: letters are guessed, figures read.
func (p *Phonemizer) guessAll(g []token, c context) (context, error) {
	var all []string
	for i := 0; i < len(g); i++ {
		first := []rune(g[i].text)[0]
		switch {
		case unicode.IsLetter(first):
			word := g[i].text
			ending := i+2 < len(g) && only(g[i+1].text, "'’") && strings.EqualFold(g[i+2].text, "s") // McX's
			ps, err := p.guessWord(word)
			if err != nil {
				return c, err
			}
			if ending {
				i += 2
				ps = withS(ps)
			}
			if ps != "" {
				all = append(all, ps)
			}
		case isFigure([]rune(g[i].text), 0):
			if ps, ok := p.reader.number(g[i].text, true); ok {
				all = append(all, ps)
			}
		}
	}
	ps := strings.Join(all, " ")
	if last := g[len(g)-1].text; strings.Contains(pauses, last) {
		ps += last
	}
	for i := range g {
		g[i].say("")
	}
	g[0].say(ps)
	return c.after(g[0]), nil
}

func (p *Phonemizer) guessWord(word string) (string, error) {
	if p.guess == nil {
		return "", nil
	}
	return p.guess(word)
}
