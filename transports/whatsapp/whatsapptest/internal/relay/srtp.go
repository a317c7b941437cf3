package relay

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// receiveSRTP decrypts a packet and hands it on. While the handshake ends, the bot may be ready before us:
// its first packets are kept until our keys are there.
func (r *Relay) receiveSRTP(datagram []byte, at time.Time) {
	r.mu.Lock()
	if r.in == nil || len(r.early) > 0 {
		if len(r.early) < maxEarly {
			r.early = append(r.early, early{append([]byte(nil), datagram...), at})
		}
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	r.open(datagram, at)
}

// releaseEarly handles what came before the keys. New packets queue behind it until it is through, so the
// order stays.
func (r *Relay) releaseEarly() {
	for {
		r.mu.Lock()
		if len(r.early) == 0 {
			r.mu.Unlock()
			return
		}
		next := r.early[0]
		r.mu.Unlock()
		r.open(next.datagram, next.at)
		r.mu.Lock()
		r.early = r.early[1:]
		r.mu.Unlock()
	}
}

// open decrypts one packet. It is called by one goroutine at a time.
func (r *Relay) open(datagram []byte, at time.Time) {
	if len(datagram) < 12 {
		r.bad("SRTP packet that is too short", at)
		return
	}
	if kind := datagram[1]; kind >= 192 && kind <= 223 { // RFC 5761, section 4
		plain, err := r.inC.DecryptRTCP(nil, datagram, nil)
		if err != nil {
			r.bad("SRTCP packet that does not authenticate or is repeated", at)
			return
		}
		packets, err := rtcp.Unmarshal(plain)
		if err != nil {
			r.bad("RTCP packet that cannot be decoded", at)
			return
		}
		if r.cfg.Events.RTCP != nil {
			r.cfg.Events.RTCP(packets, at)
		}
		return
	}
	plain, err := r.in.DecryptRTP(nil, datagram, nil)
	if err != nil {
		r.bad("SRTP packet that does not authenticate or is repeated", at)
		return
	}
	packet := &rtp.Packet{}
	if err := packet.Unmarshal(plain); err != nil {
		r.bad("RTP packet that cannot be decoded", at)
		return
	}
	if r.cfg.Events.RTP != nil {
		r.cfg.Events.RTP(packet, at)
	}
}
