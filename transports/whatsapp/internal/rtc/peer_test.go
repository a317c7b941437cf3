package rtc

import (
	"context"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

func TestConnect(t *testing.T) {
	r, err := fakerelay.New()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o, err := ParseOffer(r.Offer())
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEndpoint(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	up := make(chan struct{})
	start := time.Now()
	p, err := e.Answer(context.Background(), o, nil, Handler{State: func(s State) {
		if s == Connected {
			close(up)
		}
	}, Packet: func(*rtp.Packet, time.Time) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := r.Answer(p.SDP()); err != nil {
		t.Fatal(err)
	}
	p.Connect()
	select {
	case <-up:
	case <-time.After(5 * time.Second):
		t.Fatal("not connected")
	}
	t.Log("media is up after", time.Since(start))
}
