package whatsapp_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
)

// logBook keeps everything that is logged, at every level, with all groups and attributes.
type logBook struct {
	mu    sync.Mutex
	text  bytes.Buffer
	attrs []slog.Attr
	root  *logBook
}

func (b *logBook) Enabled(context.Context, slog.Level) bool { return true }

func (b *logBook) Handle(ctx context.Context, r slog.Record) error {
	root := b
	if b.root != nil {
		root = b.root
	}
	root.mu.Lock()
	defer root.mu.Unlock()
	r.AddAttrs(b.attrs...)
	return slog.NewTextHandler(&root.text, &slog.HandlerOptions{Level: slog.LevelDebug - 8}).Handle(ctx, r)
}

func (b *logBook) WithAttrs(attrs []slog.Attr) slog.Handler {
	root := b
	if b.root != nil {
		root = b.root
	}
	return &logBook{attrs: append(append([]slog.Attr(nil), b.attrs...), attrs...), root: root}
}

func (b *logBook) WithGroup(string) slog.Handler { return b }

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
