package whatsapp

import (
	"context"
	"strings"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// DefaultResetCommand is what a user writes to begin a new conversation.
const DefaultResetCommand = "/reset"

// resetCommand is the command that is in force; "" if there is none.
func (c Config) resetCommand() string {
	if c.NoResetCommand {
		return ""
	}
	return strings.TrimSpace(c.ResetCommand)
}

// isReset reports whether a message is the command that begins a new conversation. It has a meaning in Chat alone.
func (b *Bot) isReset(e *webhook.Message) bool {
	command := b.cfg.resetCommand()
	return b.cfg.Mode == Chat && command != "" && e.Type == "text" && strings.EqualFold(strings.TrimFunc(e.Text, unseen), command)
}

// reset forgets what was said with a user and returns what the user is told.
func (b *Bot) reset(ctx context.Context, l *line, user webhook.User) (string, error) {
	talk, err := l.users.open(ctx, b.book, user)
	if err == nil {
		err = talk.Reset(ctx)
	}
	if err != nil {
		return b.cfg.apology(b.cfg.Texts.Apology), err
	}
	return b.cfg.Texts.Reset, nil
}
