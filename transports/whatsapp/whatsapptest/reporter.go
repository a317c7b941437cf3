package whatsapptest

import (
	"time"

	"github.com/pion/rtcp"
)

// reportFrames is how many frames pass between two sender reports: 5 s.
const reportFrames = 250

// reporter sends RTCP sender reports, as the relay does.
type reporter struct {
	call    *Call
	packets uint32
}

func newReporter(c *Call) *reporter { return &reporter{call: c} }

// tick is called after each frame, with its number and the RTP time.
func (r *reporter) tick(frame int, ticks uint32) {
	r.packets++
	if frame%reportFrames != 0 {
		return
	}
	report, err := (&rtcp.SenderReport{
		SSRC: r.call.ssrc, NTPTime: ntp(time.Now()), RTPTime: ticks, PacketCount: r.packets,
		OctetCount: r.packets * 50,
	}).Marshal()
	if err == nil {
		_ = r.call.relay.WriteRTCP(report) // fails only when the call ends
	}
}

// ntp is a time in the form of RTCP: seconds since 1900 in 32.32 bits.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	seconds := uint64(t.Unix() + since1900)
	fraction := uint64(t.Nanosecond()) << 32 / 1e9
	return seconds<<32 | fraction
}
