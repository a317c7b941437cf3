package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/internal/fakerelay"
)

// stages of a call at which something can happen, each with how a test gets there.
var stages = []struct {
	state whatsapp.State
	// requests are what was asked of Meta until then.
	requests string
	// bye is what Meta is told if the bot ends the call there.
	bye string
}{
	{whatsapp.Offered, "", "reject"},
	{whatsapp.PreAccepting, "pre_accept", "reject"},
	{whatsapp.Connecting, "pre_accept", "terminate"},
	{whatsapp.Accepting, "pre_accept accept", "terminate"},
	{whatsapp.Active, "pre_accept accept", "terminate"},
}

// reach brings a call to a state, and returns it.
func (p *plain) reach(state whatsapp.State, calls <-chan *whatsapp.Call) *whatsapp.Call {
	p.t.Helper()
	relay := p.relay("wacid.1")[0]
	offer := relay.Offer()
	held := make(chan struct{})
	switch state {
	case whatsapp.PreAccepting:
		p.held = map[string]chan struct{}{"pre_accept": held}
	case whatsapp.Accepting:
		p.held = map[string]chan struct{}{"accept": held}
	case whatsapp.Connecting:
		p.onAnswer = func(string, string) { close(held) } // the relay stays deaf
	}
	p.connect("wacid.1", offer)
	c := await(p.t, calls)
	switch state {
	case whatsapp.Active:
		await(p.t, c.Accepted())
	case whatsapp.Offered: // as far as it got; what is tested is that a very early end works, too
	default:
		await(p.t, held)
	}
	if state == whatsapp.Connecting { // the answer to the pre-accept has still to arrive
		for c.State() == whatsapp.PreAccepting {
			<-time.After(time.Millisecond)
		}
	}
	return c
}

// Whenever the user hangs up, all ends at once, and Meta is told nothing more.
func TestUserHangsUpInEveryState(t *testing.T) {
	t.Parallel()
	for _, s := range stages {
		t.Run(s.state.String(), func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, nil)
			calls, why := make(chan *whatsapp.Call, 1), make(chan error, 1)
			p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
				calls <- c
				return hold(why)(ctx, c)
			})
			c := p.reach(s.state, calls)
			begin := time.Now()
			p.post(map[string]any{"id": "wacid.1", "event": "terminate", "status": "FAILED", "errors": []any{map[string]any{"code": 138021}}})
			if err := await(t, why); !errors.Is(err, whatsapp.ErrFailedAtMeta) || whatsapp.ReasonClass(err) != "failed_at_meta" || whatsapp.Expected(err) || !strings.Contains(err.Error(), "138021") {
				t.Errorf("reason %v", err)
			}
			await(t, c.Ended())
			if d := time.Since(begin); d > 2*time.Second {
				t.Errorf("freed after %v", d)
			}
			must(t, p.bot.Shutdown(t.Context()))
			if got := p.requests(); s.state != whatsapp.Offered && got != s.requests {
				t.Errorf("requests: %q, want %q", got, s.requests)
			}
			if got := p.requests(); strings.Contains(got, "reject") || strings.Contains(got, "terminate") {
				t.Errorf("requests: %q", got)
			}
		})
	}
}

// Whenever the bot ends a call, Meta is told in the way that fits.
func TestBotEndsTheCallInEveryState(t *testing.T) {
	t.Parallel()
	for _, s := range stages {
		t.Run(s.state.String(), func(t *testing.T) {
			t.Parallel()
			p := newPlain(t, nil)
			calls, why := make(chan *whatsapp.Call, 1), make(chan error, 1)
			p.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
				calls <- c
				if s.state == whatsapp.Offered {
					return nil
				}
				return hold(why)(ctx, c)
			})
			c := p.reach(s.state, calls)
			must(t, c.Terminate(t.Context()))
			await(t, c.Ended())
			if !errors.Is(c.Reason(), whatsapp.ErrBotHungUp) {
				t.Errorf("reason %v", c.Reason())
			}
			must(t, p.bot.Shutdown(t.Context()))
			want := strings.TrimSpace(s.requests + " " + s.bye)
			got := p.requests()
			if s.state == whatsapp.Offered { // it may have got further
				got, want = got[strings.LastIndex(got, " ")+1:], "reject"
				if strings.Contains(p.requests(), "pre_accept") && got == "terminate" {
					want = "terminate"
				}
			}
			if got != want {
				t.Errorf("requests: %q, want %q", got, want)
			}
		})
	}
}

// However long a connection may take, a hang-up does not wait for it.
func TestDeafRelayAndHangUp(t *testing.T) {
	t.Parallel()
	p := newPlain(t, func(c *whatsapp.Config) { c.ConnectTimeout = time.Hour })
	deaf, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer deaf.Close()
	r, err := fakerelay.New()
	must(t, err)
	defer r.Close()
	why := make(chan error, 1)
	p.bot.OnCall(hold(why))
	p.connect("wacid.1", elsewhere(r.Offer(), deaf.LocalAddr().(*net.UDPAddr).Port))
	buf := make([]byte, 1500)
	must(t, deaf.SetReadDeadline(time.Now().Add(limit)))
	_, _, err = deaf.ReadFrom(buf) // a check: the call is connecting
	must(t, err)
	p.post(map[string]any{"id": "wacid.1", "event": "terminate"})
	if err := await(t, why); !errors.Is(err, whatsapp.ErrUserHungUp) {
		t.Errorf("reason %v", err)
	}
}

// elsewhere changes the port of an offer's candidates.
func elsewhere(offer string, port int) string {
	var b strings.Builder
	for line := range strings.Lines(offer) {
		if f := strings.Fields(line); strings.HasPrefix(line, "a=candidate") {
			line = strings.Replace(line, " "+f[5]+" ", " "+strconv.Itoa(port)+" ", 1)
		}
		b.WriteString(line)
	}
	return b.String()
}
