package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// serveGrace is how long running calls and answers may take to end when Serve is told to.
const serveGrace = 10 * time.Second

// Serve mounts the bot below /whatsapp at an address, such as ":8080", for programs without a web server of their own,
// and answers until ctx ends. Then it shuts the bot down, within ten seconds, and returns nil. It fails at once if the
// bot cannot work (see Err) or the address is taken. Set the handlers before.
//
// Meta wants HTTPS: let a proxy with a certificate pass /whatsapp/ on.
func (b *Bot) Serve(ctx context.Context, address string) error {
	if err := b.Err(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("whatsapp: cannot listen on %q: %w; choose another address, as host:port or :port, such as :8080", address, err)
	}
	e := echo.New()
	e.HideBanner, e.HidePort, e.Listener = true, true, listener
	e.Server.ReadHeaderTimeout = serveGrace
	b.Mount(e.Group("/whatsapp"))
	failed := make(chan error, 1)
	go func() { failed <- e.Start("") }() // ends with the shutdown below
	b.log.Info("ready: the webhook is /whatsapp/webhook", "address", listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveGrace)
	defer cancel()
	err = errors.Join(err, b.Shutdown(end), e.Shutdown(end))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
