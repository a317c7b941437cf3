package demo

import "errors"

var (
	// ErrFailed reports that the demo ran to its end and some steps did not work.
	ErrFailed = errors.New("the demo did not work")
	// ErrBot reports a bot that cannot be started or does not get ready.
	ErrBot = errors.New("the bot")
	// ErrVoice reports that a voice of the caller is missing.
	ErrVoice = errors.New("the caller's voice")
)
