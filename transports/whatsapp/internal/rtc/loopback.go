package rtc

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// loopback reports whether the relay runs on this machine, as in tests and demonstrations: one such address is
// enough to know, and to reach it.
func (o *description) loopback() bool {
	return slices.ContainsFunc(o.candidates, func(c candidate) bool { return c.addr.IsLoopback() })
}

// onlyLoopback6 reports whether the relay is reached at ::1 alone.
func (o *description) onlyLoopback6() bool {
	return !slices.ContainsFunc(o.candidates, func(c candidate) bool { return c.addr != netip.IPv6Loopback() })
}

// listenLoopback6 opens a port at ::1, which pion itself never takes: RFC 8445 leaves such addresses out.
func listenLoopback6() (ice.UDPMux, error) {
	conn, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		return nil, fmt.Errorf("rtc: the relay is at ::1, and no port can be opened there: %w", err)
	}
	return webrtc.NewICEUDPMux(nil, conn), nil
}
