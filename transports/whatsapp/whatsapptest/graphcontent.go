package whatsapptest

import (
	"encoding/json"
	"fmt"
	"mime"
	"strconv"
	"strings"
)

// content is what a message holds besides what all messages have, in any of its kinds.
type content struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`

	MessageID string  `json:"message_id"` // of a reaction
	Emoji     *string `json:"emoji"`

	Name     string `json:"name"` // of a template or place
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []struct {
		Parameters []struct {
			Text string `json:"text"`
		} `json:"parameters"`
	} `json:"components"`

	Latitude  json.RawMessage `json:"latitude"`
	Longitude json.RawMessage `json:"longitude"`

	Type   string `json:"type"` // of an interactive message
	Header *struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"header"`
	Body *struct {
		Text string `json:"text"`
	} `json:"body"`
	Footer *struct {
		Text string `json:"text"`
	} `json:"footer"`
	Action struct {
		Button  string `json:"button"`
		Buttons []struct {
			Type  string `json:"type"`
			Reply choice `json:"reply"`
		} `json:"buttons"`
		Sections []struct {
			Title string   `json:"title"`
			Rows  []choice `json:"rows"`
		} `json:"sections"`
		Parameters struct {
			DisplayText string `json:"display_text"`
			URL         string `json:"url"`
		} `json:"parameters"`
	} `json:"action"`
}

// choice is a button or a row as it goes over the wire.
type choice struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// readContent reads the member that is named like the type of a message.
func readContent(kind string, raw json.RawMessage) (c content, err *GraphError) {
	if kind == "contacts" {
		return c, checkContacts(raw)
	}
	if json.Unmarshal(raw, &c) != nil {
		return c, invalidParameter(fmt.Sprintf("Param %s must be a JSON object of the documented form.", kind))
	}
	return c, nil
}

func checkContacts(raw json.RawMessage) *GraphError {
	var cards []struct {
		Name map[string]string `json:"name"`
	}
	if json.Unmarshal(raw, &cards) != nil || len(cards) == 0 {
		return invalidParameter("Param contacts must be a non-empty JSON array.")
	}
	for i, card := range cards {
		if card.Name["formatted_name"] == "" {
			return missingParameter(fmt.Sprintf("contacts[%d]['name']['formatted_name']", i))
		}
	}
	return nil
}

// checkFile checks an image, a video, a document, a sticker or a sound.
func (e *Emulator) checkFile(kind string, c content) *GraphError {
	switch {
	case c.ID == "" && c.Link == "":
		return missingParameter(kind + "['id'] or " + kind + "['link']")
	case c.ID != "" && c.Link != "":
		return invalidParameter(fmt.Sprintf("Param %s must have either 'id' or 'link'", kind))
	case textUnits(c.Caption) > 1024:
		return invalidParameter(fmt.Sprintf("Param %s['caption'] must be at most 1024 characters long.", kind))
	case c.Caption != "" && (kind == "audio" || kind == "sticker"):
		return invalidParameter(fmt.Sprintf("Param %s has no 'caption'", kind))
	case c.ID == "":
		return nil
	}
	mimeType, _, err := e.Media(c.ID)
	if err != nil {
		return invalidParameter(fmt.Sprintf("Param %s['id'] is not a valid whatsapp business account media attachment ID", kind))
	}
	plain, params, _ := mime.ParseMediaType(mimeType)
	family, _, _ := strings.Cut(plain, "/")
	fits := map[string]bool{
		"image": plain == "image/jpeg" || plain == "image/png", "sticker": plain == "image/webp", "video": family == "video",
		"audio": family == "audio", "document": true,
	}
	if !fits[kind] {
		return invalidParameter(fmt.Sprintf("Param %s['id']: a file of type %s cannot be sent as %s", kind, clip(plain), kind))
	}
	if c.Voice && (plain != "audio/ogg" || params["codecs"] != "" && params["codecs"] != "opus") {
		return invalidParameter("Param audio['voice']: a voice message must be audio/ogg with Opus")
	}
	return nil
}

// checkPlace checks a location. Its numbers may be strings.
func checkPlace(c content) *GraphError {
	for _, coordinate := range []struct {
		name  string
		value json.RawMessage
		most  float64
	}{{"latitude", c.Latitude, 90}, {"longitude", c.Longitude, 180}} {
		if len(coordinate.value) == 0 {
			return missingParameter("location['" + coordinate.name + "']")
		}
		v, err := strconv.ParseFloat(strings.Trim(string(coordinate.value), `"`), 64)
		if err != nil || !(v >= -coordinate.most && v <= coordinate.most) {
			return invalidParameter(fmt.Sprintf("Param location['%s'] must be a number from -%v to %v", coordinate.name, coordinate.most, coordinate.most))
		}
	}
	return nil
}

// checkReaction checks that a reaction is to something that a user sent.
func (e *Emulator) checkReaction(c content) *GraphError {
	if c.MessageID == "" {
		return missingParameter("reaction['message_id']")
	}
	if c.Emoji == nil {
		return missingParameter("reaction['emoji']")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.known[c.MessageID]; !known {
		return graphError(400, 131009, "(#131009) Parameter value is not valid", "reaction['message_id']: there is no such message of a user")
	}
	return nil
}
