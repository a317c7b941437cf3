package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/parley-voice/parley/internal/caller"
)

// serve keeps bot and emulator running for calls and texts of the reader's own, until the context ends or the bot
// does.
func (p *play) serve(ctx context.Context) error {
	listener, err := net.Listen("tcp", p.o.Control)
	if err != nil {
		return fmt.Errorf("cannot take calls of your own on %s: %w", p.o.Control, err)
	}
	server := &http.Server{Handler: caller.NewSwitchboard(p.e), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }() // ends with Close below, and is waited for there
	address := "http://" + listener.Addr().String()
	p.screen.title("Bot and emulator are running; Ctrl-C ends them")
	p.screen.row(cyan, "a question", "flite -voice slt -t 'What can you do?' -o question.wav")
	p.screen.row(cyan, "call it", "bin/parley call --emulator %s --wav question.wav", address)
	p.screen.row(cyan, "text it", "curl -s %s/text -d 'What did we talk about?'", address)
	p.screen.row(cyan, "its health", "curl -s http://%s/whatsapp/health", p.bot.addr)
	select {
	case <-ctx.Done():
	case <-p.bot.exited:
		p.showLog()
		err = fmt.Errorf("%w ended, see its log", ErrBot)
	case err = <-failed:
		return fmt.Errorf("cannot take calls any more: %w", err)
	}
	_ = server.Close()
	if serveErr := <-failed; err == nil && !errors.Is(serveErr, http.ErrServerClosed) {
		err = serveErr
	}
	return err
}
