package relay

import (
	"net"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"
)

// answerCheck answers a connectivity check, and remembers where it came from if it is valid.
func (r *Relay) answerCheck(datagram []byte, from netip.AddrPort, at time.Time, remote *Remote) {
	request := &stun.Message{Raw: append([]byte(nil), datagram...)}
	if err := request.Decode(); err != nil {
		r.bad("STUN message that cannot be decoded", at)
		return
	}
	if request.Type != stun.BindingRequest {
		return // indications keep a binding alive; responses cannot be ours, we never ask
	}
	key := stun.NewShortTermIntegrity(r.creds.Pwd)
	if !request.Contains(stun.AttrMessageIntegrity) || !request.Contains(stun.AttrUsername) {
		r.bad("connectivity check without USERNAME and MESSAGE-INTEGRITY", at)
		r.refuse(request, from, stun.CodeBadRequest, nil)
		return
	}
	var username stun.Username
	if err := username.GetFrom(request); err != nil || string(username) != r.creds.Ufrag+":"+remote.Ufrag {
		r.bad("connectivity check for somebody else's ufrag", at)
		r.refuse(request, from, stun.CodeUnauthorized, nil)
		return
	}
	if err := key.Check(request); err != nil {
		r.bad("connectivity check whose MESSAGE-INTEGRITY is wrong", at)
		r.refuse(request, from, stun.CodeUnauthorized, nil)
		return
	}
	if request.Contains(stun.AttrICEControlled) {
		r.bad("connectivity check of a peer that claims to be controlled: against an ICE-lite side it is controlling", at)
		if !r.cfg.SilentOnRoleConflict {
			r.refuse(request, from, stun.CodeRoleConflict, key)
		}
		return
	}
	response, err := stun.Build(
		stun.NewTransactionIDSetter(request.TransactionID), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())},
		key, stun.Fingerprint,
	)
	if err != nil {
		r.bad("connectivity check that cannot be answered", at)
		return
	}
	r.checked(from, request.Contains(stun.AttrUseCandidate), at)
	r.writeTo(response.Raw, from)
}

// refuse sends an error response; key signs it where the peer is known.
func (r *Relay) refuse(request *stun.Message, to netip.AddrPort, code stun.ErrorCode, key stun.MessageIntegrity) {
	setters := []stun.Setter{stun.NewTransactionIDSetter(request.TransactionID), stun.BindingError, code}
	if key != nil {
		setters = append(setters, key)
	}
	if response, err := stun.Build(append(setters, stun.Fingerprint)...); err == nil {
		r.writeTo(response.Raw, to)
	}
}

// checked notes that a valid check came from an address. The first nominated address is kept for the whole
// call: the real relays do not follow a peer that moves.
func (r *Relay) checked(from netip.AddrPort, nominated bool, at time.Time) {
	r.mu.Lock()
	if len(r.valid) < maxAddresses {
		r.valid[from] = struct{}{}
	}
	up := nominated && !r.peer.IsValid()
	if up {
		r.peer = from
	}
	r.mu.Unlock()
	if up {
		close(r.iceUp)
		if r.cfg.Events.ICEUp != nil {
			r.cfg.Events.ICEUp(at)
		}
	}
}
