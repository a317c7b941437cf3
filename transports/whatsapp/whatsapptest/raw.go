package whatsapptest

import "github.com/pion/rtp"

// SendRTP encrypts and sends a packet beside those of the microphone, whatever it is: for tests of what a bot does with
// packets that nobody should send. It fails with ErrEnded in a call whose media is not connected.
func (c *Call) SendRTP(p *rtp.Packet) error {
	if err := c.relay.WriteRTP(p); err != nil {
		return ErrEnded
	}
	return nil
}

// SendRTCP encrypts and sends bytes as a compound RTCP packet, whatever they are. It fails with ErrEnded in a call whose
// media is not connected, and for bytes that are too few to be encrypted.
func (c *Call) SendRTCP(plain []byte) error {
	if err := c.relay.WriteRTCP(plain); err != nil {
		return ErrEnded
	}
	return nil
}
