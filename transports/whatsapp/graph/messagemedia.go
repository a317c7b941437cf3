package graph

// Image, Video, Audio, Document and Sticker are files. Each is given by the ID that UploadMedia returned, or by a Link
// from which Meta fetches it; one of both.
type (
	// Image is a JPEG or PNG picture of at most 5 MB.
	Image struct{ ID, Link, Caption string }
	// Video is an MP4 or 3GPP film of at most 16 MB.
	Video struct{ ID, Link, Caption string }
	// Document is a file of at most 100 MB. Filename tells the user's phone what it is.
	Document struct{ ID, Link, Caption, Filename string }
	// Sticker is a WebP picture of at most 100 KB, or 500 KB if it moves.
	Sticker struct{ ID, Link string }
	// Audio is sound of at most 16 MB.
	Audio struct {
		ID, Link string
		// Voice makes it a voice note: it must be Ogg with Opus, mono. Up to 512 KB it is played at a tap.
		Voice bool
	}
)

func (m Image) members() (map[string]any, error) {
	return file("image", m.ID, m.Link, m.Caption, nil)
}

func (m Video) members() (map[string]any, error) {
	return file("video", m.ID, m.Link, m.Caption, nil)
}

func (m Document) members() (map[string]any, error) {
	var extra map[string]any
	if m.Filename != "" {
		extra = map[string]any{"filename": m.Filename}
	}
	return file("document", m.ID, m.Link, m.Caption, extra)
}

func (m Sticker) members() (map[string]any, error) {
	return file("sticker", m.ID, m.Link, "", nil)
}

func (m Audio) members() (map[string]any, error) {
	var extra map[string]any
	if m.Voice {
		extra = map[string]any{"voice": true}
	}
	return file("audio", m.ID, m.Link, "", extra)
}

func file(kind, id, link, caption string, content map[string]any) (map[string]any, error) {
	if content == nil {
		content = map[string]any{}
	}
	switch {
	case (id == "") == (link == ""):
		return nil, invalid("a message with %s %s needs either the id of a file or a link", article(kind), kind)
	case id != "":
		content["id"] = id
	default:
		if err := webAddress("the link of the "+kind, link); err != nil {
			return nil, err
		}
		content["link"] = link
	}
	if caption != "" {
		if err := fits("the caption of the "+kind, caption, MaxCaptionUnits); err != nil {
			return nil, err
		}
		content["caption"] = caption
	}
	return map[string]any{"type": kind, kind: content}, nil
}

func article(noun string) string {
	switch noun[0] {
	case 'a', 'i':
		return "an"
	}
	return "a"
}
