package spoken

import (
	"regexp"
	"strings"
)

var (
	address = regexp.MustCompile(`(?i)^(https?://|www\.)?((?:[a-z0-9-]+\.)+([a-z]{2,}))(?::\d+)?(/[^?#]*)?([?#].*)?$`)
	mail    = regexp.MustCompile(`(?i)^(?:mailto:)?([a-z0-9._%+-]+)@((?:[a-z0-9-]+\.)+[a-z]{2,})$`)
	// named domains are those that one reads as a word, also without "https://" before them.
	namedDomain = map[string]bool{"com": true, "org": true, "net": true, "edu": true, "gov": true, "info": true,
		"app": true, "dev": true, "shop": true, "store": true, "online": true, "biz": true, "blog": true, "cloud": true,
		"co": true}
	// lettered domains are read letter by letter.
	letteredDomain = map[string]bool{"io": true, "ai": true, "uk": true, "us": true, "de": true, "fr": true, "eu": true,
		"ca": true, "au": true, "tv": true, "nl": true, "es": true, "ch": true, "at": true, "jp": true, "br": true}
)

// longestPath is how many parts of a path are worth saying.
const longestPath = 3

// webAddress reads "https://www.example.com/menu" as "example dot com slash menu", and of a Markdown link its text.
func webAddress(_, items []item) (item, int) {
	core := items[0].core
	if text, _, link := strings.Cut(core, "]("); link && text != "" {
		it, _ := join(items, 1, text)
		it.trail = strings.TrimPrefix(it.trail, ")")
		return it, 1
	}
	if !strings.Contains(core, ".") {
		return none()
	}
	m := address.FindStringSubmatch(strings.TrimSuffix(core, "/"))
	if m == nil {
		return none()
	}
	top := strings.ToLower(m[3])
	if m[1] == "" && !namedDomain[top] && !letteredDomain[top] {
		return none()
	}
	words := host(strings.TrimPrefix(strings.ToLower(m[2]), "www."))
	if path := strings.Split(strings.Trim(m[4], "/"), "/"); path[0] != "" && len(path) <= longestPath {
		for _, p := range path {
			words += " slash " + name(p)
		}
	}
	return join(items, 1, words)
}

// mailAddress reads "jo.smith@example.com" as "jo dot smith at example dot com".
func mailAddress(_, items []item) (item, int) {
	if !strings.Contains(items[0].core, "@") {
		return none()
	}
	m := mail.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	return join(items, 1, name(m[1])+" at "+host(strings.ToLower(m[2])))
}

// host reads the name of a machine.
func host(s string) string {
	labels := strings.Split(s, ".")
	for i, l := range labels {
		if i > 0 && letteredDomain[l] {
			labels[i] = spelled(l)
		} else {
			labels[i] = name(l)
		}
	}
	return strings.Join(labels, " dot ")
}

// signs that names on the web are made of.
var webSigns = strings.NewReplacer(".", " dot ", "_", " underscore ", "-", " dash ", "+", " plus ", "%", " percent ",
	"~", " tilde ", "@", " at ")

// name reads a name with signs in it.
func name(s string) string { return strings.Join(strings.Fields(webSigns.Replace(s)), " ") }

// spelled writes a word so that its letters are read: "io" is "I.O".
func spelled(s string) string {
	return strings.Join(strings.Split(strings.ToUpper(s), ""), ".")
}
