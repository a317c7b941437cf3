package whatsapp

import "github.com/parley-voice/parley/transports/rtpaudio"

// Reception is what became of the caller's packets so far: how many came, were lost, were restored by error correction
// or had to be made up. It is zero before the call is accepted, and stays when the call has ended.
func (c *Call) Reception() rtpaudio.Stats {
	select {
	case <-c.live:
		return c.media.receiver.Stats()
	default:
		return rtpaudio.Stats{}
	}
}
