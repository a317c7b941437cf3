package rtc

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// Config says how this machine is reached. The zero value suits a machine with a public address or behind a NAT
// that lets UDP out.
type Config struct {
	// PublicIPs are the addresses under which the internet knows this machine, if they are not its own.
	PublicIPs []string
	// PortMin and PortMax limit the UDP ports of calls; 0 leaves them to the system. Ignored if Port is set.
	PortMin, PortMax uint16
	// Port is one UDP port for all calls; 0 gives each call ports of its own.
	Port uint16
	// RelayOnly sends all media over TURN servers, for hosts that cannot send UDP to anywhere else.
	RelayOnly bool
	// Logger gets pion's warnings, at debug level; nil drops them.
	Logger *slog.Logger
}

// Endpoint answers offers, and makes some. It is safe for concurrent use.
type Endpoint struct {
	public webrtc.SettingEngine // for relays anywhere
	local  webrtc.SettingEngine // for relays on this machine
	both   webrtc.SettingEngine // for relays that are not known yet, and may be on this machine
	mux    ice.UDPMux           // nil without Config.Port
	certs  certificates
	policy webrtc.ICETransportPolicy // whether it goes over TURN servers alone
}

// NewEndpoint prepares everything that calls share. It fails with ErrConfig if the configuration cannot work,
// such as a port that is taken.
func NewEndpoint(c Config) (*Endpoint, error) {
	for _, ip := range c.PublicIPs {
		if net.ParseIP(ip) == nil {
			return nil, fmt.Errorf("%w: %q is not an IP address", ErrConfig, ip)
		}
	}
	e := &Endpoint{}
	if c.RelayOnly {
		e.policy = webrtc.ICETransportPolicyRelay
	}
	if c.Port != 0 {
		mux, err := ice.NewMultiUDPMuxFromPort(int(c.Port), ice.UDPMuxFromPortWithLoopback())
		if err != nil {
			return nil, fmt.Errorf("%w: cannot listen on UDP port %d: %v; choose another or none", ErrConfig, c.Port, err)
		}
		e.mux = mux
	}
	var err error
	e.public, err = e.settings(c, false)
	if err == nil {
		e.local, err = e.settings(c, true)
	}
	if err == nil {
		e.both, err = e.settings(c, false)
		e.both.SetIncludeLoopbackCandidate(true)
	}
	if err != nil {
		_ = e.Close()
		return nil, fmt.Errorf("%w: %v", ErrConfig, err)
	}
	return e, nil
}

// Close frees the shared port, if there is one. Calls must have ended before.
func (e *Endpoint) Close() error {
	if e.mux == nil {
		return nil
	}
	return e.mux.Close()
}

// settings are those of connections, either for relays anywhere or for those on this machine.
func (e *Endpoint) settings(c Config, local bool) (s webrtc.SettingEngine, err error) {
	s.LoggerFactory = loggerFactory{c.Logger}
	// Meta's relay sends no ClientHello, whatever the answer says.
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleClient); err != nil {
		return s, err
	}
	s.SetSDPMediaLevelFingerprints(true)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.DisableActiveTCP(true) // see wake
	// By default a pair is given up after 8 checks without an answer; wake sends more than that.
	s.SetICEMaxBindingRequests(500)
	// Whether silence ends the call is decided by its owner, who gives more grace.
	s.SetICETimeouts(disconnectedAfter, time.Minute, 2*time.Second)
	// A ClientHello that is lost is repeated after this and not after a second, which the user would hear.
	s.SetDTLSRetransmissionInterval(100 * time.Millisecond)
	s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	// By default a way over a TURN server is taken after 2 s at the earliest, which the caller would hear.
	s.SetRelayAcceptanceMinWait(relayWait)
	if c.RelayOnly {
		s.SetRelayAcceptanceMinWait(0)
	}
	s.SetIncludeLoopbackCandidate(local)
	if local {
		s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	} else if len(c.PublicIPs) > 0 {
		if err := s.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: c.PublicIPs, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		}); err != nil {
			return s, err
		}
	}
	switch {
	case e.mux != nil:
		s.SetICEUDPMux(e.mux)
	case c.PortMin != 0 || c.PortMax != 0:
		if err := s.SetEphemeralUDPPortRange(c.PortMin, c.PortMax); err != nil {
			return s, fmt.Errorf("the UDP ports %d to %d: %w", c.PortMin, c.PortMax, err)
		}
	}
	return s, nil
}

// relayWait is how long a direct way may take until one over a TURN server is taken as well.
const relayWait = 500 * time.Millisecond

// disconnectedAfter is how long nothing at all must come until the connection counts as disturbed.
const disconnectedAfter = 5 * time.Second
