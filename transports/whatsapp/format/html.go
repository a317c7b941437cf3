package format

import (
	"html"
	"strings"
)

// tagState is what the HTML tags of a paragraph have begun.
type tagState struct {
	bold, italic, strike int
	links                []tagLink
}

type tagLink struct {
	from    int // where the runs of its text begin
	address string
}

func (t *tagState) style() (s style) {
	for _, x := range []struct {
		depth int
		style style
	}{{t.bold, bold}, {t.italic, italic}, {t.strike, strike}} {
		if x.depth > 0 {
			s |= x.style
		}
	}
	return s
}

// closeLinks ends the links that were not ended.
func (t *tagState) closeLinks(in *inline) {
	for len(t.links) > 0 {
		t.closeLink(in)
	}
}

func (t *tagState) closeLink(in *inline) {
	if n := len(t.links); n > 0 {
		l := t.links[n-1]
		t.links = t.links[:n-1]
		if l.from <= len(in.runs) {
			in.link(l.from, l.address)
		}
	}
}

// Links do not nest. A few that were not ended are borne with.
const maxTagLinks = 8

// Tags that a message goes on without. Anything else in angle brackets is somebody's text, such as <your name>.
const (
	lineTags = " address article blockquote body center dd details div dl dt figure figcaption footer form h1 h2 h3 h4 h5 " +
		"h6 head header html main nav ol p pre section summary table tbody tfoot thead tr ul "
	plainTags = " abbr big cite code dfn font kbd label mark q samp small span sub sup tt u var wbr "
)

// tag does what an HTML tag asks for.
func (in *inline) tag(raw string, s style) {
	if strings.HasPrefix(raw, "<!") || strings.HasPrefix(raw, "<?") {
		return // a comment and the like
	}
	name := strings.TrimLeft(raw, "</")
	closing := strings.HasPrefix(raw, "</")
	if end := strings.IndexAny(name, " \t\r\n/>"); end >= 0 {
		name = name[:end]
	}
	name = strings.ToLower(name)
	switch name {
	case "b", "strong":
		count(&in.tags.bold, closing)
	case "i", "em":
		count(&in.tags.italic, closing)
	case "s", "del", "strike":
		count(&in.tags.strike, closing)
	case "br":
		in.runs = append(in.runs, run{text: "\n"})
	case "hr":
		in.breakLine()
		in.text(rule, 0)
		in.breakLine()
	case "li":
		if in.breakLine(); !closing {
			in.text("- ", 0)
		}
	case "td", "th":
		if closing {
			in.text("  ", 0)
		}
	case "a":
		if closing {
			in.tags.closeLink(in)
		} else if len(in.tags.links) < maxTagLinks {
			in.tags.links = append(in.tags.links, tagLink{len(in.runs), attribute(raw, "href")})
		}
	case "img":
		from := len(in.runs)
		in.text(attribute(raw, "alt"), s)
		in.link(from, attribute(raw, "src"))
	default:
		switch {
		case strings.Contains(lineTags, " "+name+" "):
			in.breakLine()
		case !strings.Contains(plainTags, " "+name+" "):
			in.text(raw, s)
		}
	}
}

func count(depth *int, closing bool) {
	if closing {
		*depth = max(0, *depth-1)
	} else {
		*depth++
	}
}

// attribute returns the value of an attribute of a tag, "" if it has none.
func attribute(tag, name string) string {
	i := strings.Index(strings.ToLower(tag), " "+name+"=")
	if i < 0 || len(tag) != len(strings.ToLower(tag)) {
		return ""
	}
	value := tag[i+len(name)+2:]
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		value, _, _ = strings.Cut(value[1:], value[:1])
	} else if end := strings.IndexAny(value, " \t\n>"); end >= 0 {
		value = value[:end]
	}
	return html.UnescapeString(value)
}
