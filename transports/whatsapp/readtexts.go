package whatsapp

import (
	"strings"
	"time"
)

// MediaTexts are what the bot says about files that it cannot read; empty ones have defaults. {what} stands for the
// file, such as "your voice note" or "your document report.pdf", {type} for its type, and {limit} for what was exceeded.
type MediaTexts struct {
	// Lost is sent when a file could not be fetched from Meta.
	Lost string
	// TooLarge is sent when a file has more bytes than Config.MaxFileBytes.
	TooLarge string
	// Damaged is sent when a file is not what it should be.
	Damaged string
	// Unknown is sent when a file is of a type that cannot be read.
	Unknown string
	// NoText is sent when a document has no text, such as pages that were scanned.
	NoText string
	// TooMuch is sent when a document takes too much time or memory to read, and for those that came with it.
	TooMuch string
	// Protected is sent when a document wants a password.
	Protected string
	// NoVoice is sent when there is no Config.STT.
	NoVoice string
	// NoWords is sent when nothing was understood of a recording.
	NoWords string
	// TooLong is sent when a recording is longer than Config.MaxVoice.
	TooLong string
	// NoPictures is sent when a picture has no caption and the model cannot see.
	NoPictures string
	// NoVideos is sent when a video has no caption.
	NoVideos string
}

func (t *MediaTexts) setDefaults() {
	for _, d := range []struct {
		text  *string
		value string
	}{
		{&t.Lost, "Sorry, I could not get {what}. Please send it again."},
		{&t.TooLarge, "Sorry, {what} is too large: I can take up to {limit}."},
		{&t.Damaged, "Sorry, {what} seems to be damaged: I cannot open it. Please send it again."},
		{&t.Unknown, "Sorry, I cannot read {what}, since it is of the type {type}. Please send it in another form, or write to me."},
		{&t.NoText, "Sorry, I found no text in {what}. I cannot read scanned pages."},
		{&t.TooMuch, "Sorry, {what} takes me too long to read. Please send a smaller part of it, or write to me."},
		{&t.Protected, "Sorry, {what} is protected by a password. Please send it without one."},
		{&t.NoVoice, "Sorry, I cannot listen to recordings. Please write to me."},
		{&t.NoWords, "Sorry, I could not understand {what}. Please say it again, or write to me."},
		{&t.TooLong, "Sorry, {what} is too long: I can listen to {limit} at most."},
		{&t.NoPictures, "Sorry, I cannot see pictures. Please tell me in words what it is about."},
		{&t.NoVideos, "Sorry, I cannot watch videos. Please tell me in words what it is about."},
	} {
		if *d.text == "" {
			*d.text = d.value
		}
	}
}

// fill puts particulars into a text: pairs of a name and its value.
func fill(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// spoken says a duration as people do.
func spoken(d time.Duration) string {
	switch m := d.Round(time.Minute); {
	case d < 2*time.Minute:
		return plural(int(d.Seconds()), "second")
	default:
		return plural(int(m.Minutes()), "minute")
	}
}
