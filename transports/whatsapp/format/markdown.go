package format

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/text"
)

// Longer texts are converted in parts, so that the time for any text grows with its length only.
const maxPart = 32 << 10

// FromMarkdown turns Markdown, as language models write it, into WhatsApp's markup.
//
// Lines stay lines, and paragraphs paragraphs. Text without markup comes back as it was, but for white space: none is
// left at the ends of lines, and one blank line is as good as several. What is inside code never changes, and a
// character that only looks like markup, as in 2 * 3, 5*4*3 or snake_case, stays where it is.
//
// Of what can be seen of the Markdown nothing is lost, except HTML tags and comments, the language of code, and
// addresses that lead nowhere for the reader, such as a place in the same page. Bytes that are not UTF-8 become U+FFFD.
func FromMarkdown(md string) string {
	if ordinary(md) {
		return md
	}
	return inParts(md, false)
}

// inParts converts a text, part by part.
func inParts(md string, italic bool) string {
	md = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(strings.ToValidUTF8(md, "\ufffd"))
	var b strings.Builder
	for {
		part, between, rest := divide(md)
		b.WriteString(convert(part, italic))
		if rest == "" {
			return b.String()
		}
		b.WriteString(between)
		md = rest
	}
}

func convert(md string, italic bool) string {
	source := []byte(md)
	doc := newParser(md).Parse(text.NewReader(source))
	w := blocks{source: source, used: usedDefinitions(doc), italic: italic}
	w.children(doc)
	return w.out.String()
}

// divide takes a part from a long text: up to a paragraph that begins at the margin, else a line, a word, a character.
// A block of code stays whole. It also returns what stands between the part and the rest.
func divide(md string) (part, between, rest string) {
	if len(md) <= maxPart {
		return md, "", ""
	}
	paragraph, line := 0, 0
	fenced := ""
	for at := 0; at < len(md); {
		end := at + 1 + strings.IndexByte(md[at:], '\n')
		if end == at {
			end = len(md)
		}
		if at > maxPart && (paragraph > 0 || line > 0) {
			break
		}
		if fenced == "" && at > 0 && at <= maxPart {
			line = at
			if md[at] != ' ' && md[at] != '\n' && md[at] != '\t' && strings.HasSuffix(md[:at], "\n\n") {
				paragraph = at
			}
		}
		if end-at > maxPart && fenced == "" {
			break // the line is the trouble
		}
		fenced = fencedAfter(fenced, md[at:end])
		at = end
		if at > maxPart && fenced == "" && line == 0 {
			line = at // right behind a long block of code
		}
	}
	switch {
	case paragraph > 0:
		return md[:paragraph], "\n\n", md[paragraph:]
	case line == len(md):
		return md, "", ""
	case line > 0 && (strings.HasSuffix(md[:line], "\n\n") || md[line] == '\n'):
		return md[:line], "\n\n", md[line:]
	case line > 0:
		return md[:line], "\n", md[line:]
	}
	if end := strings.LastIndexByte(md[:maxPart], ' '); end > 0 {
		return md[:end], " ", md[end+1:]
	}
	end := maxPart
	for end > maxPart-utf8.UTFMax && !utf8.RuneStart(md[end]) {
		end--
	}
	return md[:end], "", md[end:]
}

// fencedAfter returns the fence that is open behind a line, "" if none is.
func fencedAfter(fenced, line string) string {
	line = strings.TrimSpace(line)
	run := line
	for _, c := range []string{"`", "~"} {
		if strings.HasPrefix(line, c) {
			run = line[:len(line)-len(strings.TrimLeft(line, c))]
		}
	}
	switch {
	case len(run) < len(fence) || strings.Trim(run, "`~") != "":
		return fenced
	case fenced == "":
		if run[0] == '`' && strings.Contains(line[len(run):], "`") {
			return "" // inline code
		}
		return run
	case strings.HasPrefix(run, fenced) && run == line:
		return ""
	}
	return fenced
}
