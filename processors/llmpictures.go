package processors

import (
	"slices"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// unseenPicture is what the model is told of a picture that could not be got again.
const unseenPicture = "[A picture that came with this can no longer be seen]"

// kept is what a conversation keeps of pictures: how to get them again.
func kept(images []frame.Image) (refs []frame.Image) {
	for _, i := range images {
		if i.Ref != "" {
			refs = append(refs, frame.Image{MIMEType: i.MIMEType, Ref: i.Ref})
		}
	}
	return refs
}

// illustrate returns the messages of a conversation with the pictures that are to be seen in this turn: its own with the
// last message, and those that were got again where they were said. All others are left out.
func illustrate(messages []services.Message, turn frame.UserTurn) []services.Message {
	last := len(messages) - 1
	if len(turn.Images) == 0 && !slices.ContainsFunc(messages, func(m services.Message) bool { return len(m.Images) > 0 }) {
		return messages
	}
	messages = slices.Clone(messages)
	shown := make(map[string]bool)
	for _, i := range turn.Images {
		shown[i.Ref] = true
	}
	for i, m := range slices.Backward(messages) {
		if i == last && len(turn.Images) > 0 {
			messages[i].Images = turn.Images
			continue
		}
		messages[i].Images = nil
		for _, known := range m.Images {
			n := slices.IndexFunc(turn.Recalled, func(r frame.Image) bool { return r.Ref == known.Ref })
			if n < 0 || shown[known.Ref] {
				continue
			}
			shown[known.Ref] = true
			if again := turn.Recalled[n]; len(again.Data) > 0 {
				messages[i].Images = append(messages[i].Images, again)
			} else {
				messages[i].Text += "\n" + unseenPicture
			}
		}
	}
	return messages
}
