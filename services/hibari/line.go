package hibari

import (
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/g2p"
	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

// longestLine is how many phonemes the network takes at once.
const longestLine = 400

// The phonemes that are punctuation. Behind stops a sentence has ended, behind breaks it goes on.
const (
	stops  = ".!?…"
	breaks = ",;:—"
)

// line is what the network says at once: a sentence, or a part of a very long one.
type line struct {
	ids    []int64 // with a 0 at both ends
	words  []span
	last   rune // the last phoneme that is no space, quote or bracket
	voiced bool // there is more in it than punctuation
}

// span is a word of the text and the phonemes that say it: ids[from:to].
type span struct {
	text     string
	from, to int
}

// part is a stretch of phonemes that is not torn apart, and the word that it belongs to.
type part struct {
	phonemes string
	word     int
}

// lines brings the sounds of a sentence into lines. The text is what the words were taken from.
func (v vocabulary) lines(text string, s spoken.Sentence, sounds []g2p.Sound) []line {
	var lines []line
	word := 0 // of the sentence, that comes next
	for _, parts := range v.pack(sounds) {
		l := line{ids: []int64{0}}
		for _, p := range parts {
			for ; word <= p.word; word++ { // those before it have no sound
				l.words = append(l.words, span{text: text[s[word].From:s[word].To]})
			}
			for _, r := range p.phonemes {
				l.add(v, r)
			}
		}
		for len(l.ids) > 1 && l.ids[len(l.ids)-1] == v[' '] {
			l.ids = l.ids[:len(l.ids)-1]
		}
		l.ids = append(l.ids, 0)
		if l.voiced {
			lines = append(lines, l)
		}
	}
	if n := len(lines); n > 0 {
		for ; word < len(s); word++ {
			lines[n-1].words = append(lines[n-1].words, span{text: text[s[word].From:s[word].To]})
		}
	}
	for i := range lines {
		lines[i].place()
	}
	return lines
}

// add appends a phoneme, as a part of the last word.
func (l *line) add(v vocabulary, r rune) {
	id, ok := v[r]
	if !ok {
		return
	}
	l.ids = append(l.ids, id)
	switch {
	case strings.ContainsRune(" “”()", r):
		return
	case strings.ContainsRune(stops+breaks, r):
		l.last = r
		return
	}
	l.last, l.voiced = r, true
	if len(l.words) == 0 {
		return // the end of a word that began in the line before
	}
	w := &l.words[len(l.words)-1]
	if w.to == 0 {
		w.from = len(l.ids) - 1
	}
	w.to = len(l.ids)
}

// place gives words that have no sound a place: the end of the word before them.
func (l *line) place() {
	end := 1
	for i := range l.words {
		w := &l.words[i]
		if w.to == 0 {
			w.from, w.to = end, end
		}
		end = w.to
	}
}

// pack distributes sounds over lines: a line that gets too long is cut behind its last break, or else between words.
func (v vocabulary) pack(sounds []g2p.Sound) [][]part {
	var lines [][]part
	var current []part
	length := 0
	for _, s := range sounds {
		for _, p := range tear(s) {
			n := len([]rune(p.phonemes))
			for length+n > longestLine {
				cut := lastBreak(current)
				lines = append(lines, current[:cut:cut])
				current = current[cut:]
				length = 0
				for _, p := range current {
					length += len([]rune(p.phonemes))
				}
			}
			current = append(current, p)
			length += n
		}
	}
	if len(current) > 0 {
		lines = append(lines, current)
	}
	return lines
}

// lastBreak returns behind which part a line is cut.
func lastBreak(parts []part) int {
	for i := len(parts); i > 0; i-- {
		if strings.ContainsAny(parts[i-1].phonemes, stops+breaks) {
			return i
		}
	}
	return len(parts)
}

// tear cuts the sound of a word that is too long for a line: at spaces, and where there are none, anywhere.
func tear(s g2p.Sound) []part {
	if len(s.Phonemes) <= longestLine {
		return []part{{s.Phonemes, s.Word}}
	}
	var parts []part
	for piece := range strings.SplitAfterSeq(s.Phonemes, " ") {
		for r := []rune(piece); len(r) > 0; {
			n := min(len(r), longestLine)
			parts = append(parts, part{string(r[:n]), s.Word})
			r = r[n:]
		}
	}
	return parts
}
