package whatsapp_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A relay that is reached at ::1 alone, which the media library by itself never talks to.
func TestRelayAtIPv6Loopback(t *testing.T) {
	t.Parallel()
	probe, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		t.Skipf("this machine has no ::1: %v", err)
	}
	probe.Close()
	for name, change := range map[string]func(*whatsapp.Config){
		"a port for each call":   nil,
		"one port for all calls": func(c *whatsapp.Config) { c.UDPPort = freePort(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, change, whatsapptest.WithRelayAddr(netip.IPv6Loopback()))
			r.bot.OnCall(beep)
			phone := r.answered(ada)
			_, err := phone.WaitSpeech(r.ctx(), 0)
			must(t, err)
			must(t, phone.HangUp(r.ctx()))
			r.clean()
		})
	}
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	must(t, err)
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}
