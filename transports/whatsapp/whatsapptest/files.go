package whatsapptest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// VoiceNote makes the file of a voice note, as WhatsApp records it: Ogg with Opus at 16 kHz, with pauses that are hardly
// transmitted.
func VoiceNote(speech audio.PCM) ([]byte, error) {
	speech, err := audio.Resample(speech.Mono(), 16000)
	if err != nil {
		return nil, err
	}
	return opus.EncodeOgg(speech, opus.WithBitrate(16000), opus.WithFEC(false, 0), opus.WithDTX(true))
}

// SendVoiceNote lets a user say something into the chat.
func (e *Emulator) SendVoiceNote(ctx context.Context, from User, speech audio.PCM) (string, error) {
	file, err := VoiceNote(speech)
	if err != nil {
		return "", err
	}
	return e.SendFile(ctx, from, "audio", "audio/ogg; codecs=opus", file, map[string]any{"voice": true})
}

// SendImage lets a user send a picture, with a caption if it is not empty.
func (e *Emulator) SendImage(ctx context.Context, from User, mimeType string, data []byte, caption string) (string, error) {
	return e.SendFile(ctx, from, "image", mimeType, data, captioned(nil, caption))
}

// SendDocument lets a user send a document, with a caption if it is not empty.
func (e *Emulator) SendDocument(ctx context.Context, from User, filename, mimeType string, data []byte, caption string) (string, error) {
	return e.SendFile(ctx, from, "document", mimeType, data, captioned(map[string]any{"filename": filename}, caption))
}

// SendFile lets a user send a file: kind is "audio", "image", "video", "document" or "sticker", and more holds
// further members of it, such as "caption". The file is there for the bot to fetch.
func (e *Emulator) SendFile(ctx context.Context, from User, kind, mimeType string, data []byte, more map[string]any) (string, error) {
	return e.SendMessage(ctx, from, kind, map[string]any{kind: e.FileMember(mimeType, data, more)})
}

// FileMember stores a file and makes the member of a message that tells of it, for SendMessage and MessageWebhook.
func (e *Emulator) FileMember(mimeType string, data []byte, more map[string]any) map[string]any {
	sum := sha256.Sum256(data)
	id := e.AddMedia(mimeType, data)
	member := map[string]any{
		"id": id, "mime_type": mimeType, "sha256": base64.StdEncoding.EncodeToString(sum[:]), "url": e.link(id),
	}
	maps.Copy(member, more)
	return member
}

// captioned adds a caption, if there is one.
func captioned(members map[string]any, caption string) map[string]any {
	if members == nil {
		members = map[string]any{}
	}
	if caption != "" {
		members["caption"] = caption
	}
	return members
}
