package llama

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// standby answers for the process while there is none, so that nobody waits for it: with status 503 and the time
// after which it is tried again. It returns after the pause, or with Close.
func (s *Server) standby(pause time.Duration) {
	ctx, cancel := context.WithTimeout(s.closing, pause)
	defer cancel()
	until := time.Now().Add(pause)
	srv := &http.Server{
		ReadHeaderTimeout: time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Connection", "close") // the next request is the process's again
			w.Header().Set("Retry-After-Ms", fmt.Sprint(max(time.Until(until), 0).Milliseconds()))
			w.WriteHeader(http.StatusServiceUnavailable)
			json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{
				"type": "server_error", "message": "the local model has crashed and is being started again"}})
		}),
	}
	setNonblock(s.listener)
	served := make(chan struct{})
	go func() { // ends when accepting times out, below
		defer close(served)
		srv.Serve(borrowed{s.listener})
	}()
	<-ctx.Done()
	s.listener.SetDeadline(time.Now())
	<-served
	s.listener.SetDeadline(time.Time{})
	end, cancelEnd := context.WithTimeout(context.Background(), time.Second)
	defer cancelEnd()
	if srv.Shutdown(end) != nil { // who is still sending a request has had its second
		srv.Close()
	}
}

// borrowed is a listener that stays open when a server closes it.
type borrowed struct{ net.Listener }

// Accept makes a timeout the end: a server takes it for a passing fault and tries again.
func (b borrowed) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	if err != nil {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close does nothing: the owner closes it.
func (borrowed) Close() error { return nil }
