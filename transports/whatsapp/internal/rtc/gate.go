package rtc

import (
	"sync/atomic"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
)

// gate holds RTCP back until it is opened, with the first packet of audio. The reports of a connection begin on their
// own; but the user's phone takes the first packet of media for the answer to the call, and nobody promises that a
// report is not one.
type gate struct {
	interceptor.NoOp
	open atomic.Bool
}

// NewInterceptor makes the gate a part of its connection.
func (g *gate) NewInterceptor(string) (interceptor.Interceptor, error) { return g, nil }

// BindRTCPWriter puts the gate before the writer of the connection.
func (g *gate) BindRTCPWriter(w interceptor.RTCPWriter) interceptor.RTCPWriter {
	return interceptor.RTCPWriterFunc(func(packets []rtcp.Packet, a interceptor.Attributes) (int, error) {
		if !g.open.Load() {
			return 0, nil
		}
		return w.Write(packets, a)
	})
}
