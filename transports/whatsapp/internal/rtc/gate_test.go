package rtc

import (
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
)

func TestNoReportBeforeTheFirstPacket(t *testing.T) {
	t.Parallel()
	g := &gate{}
	written := 0
	w := g.BindRTCPWriter(interceptor.RTCPWriterFunc(func([]rtcp.Packet, interceptor.Attributes) (int, error) {
		written++
		return 1, nil
	}))
	report := []rtcp.Packet{&rtcp.SenderReport{}}
	if _, err := w.Write(report, nil); err != nil || written != 0 {
		t.Errorf("%d reports left before the first packet (%v)", written, err)
	}
	g.open.Store(true)
	if _, err := w.Write(report, nil); err != nil || written != 1 {
		t.Errorf("%d reports left, want 1 (%v)", written, err)
	}
}

// The gate stands between the makers of reports and the connection.
func TestGateIsInTheWay(t *testing.T) {
	t.Parallel()
	g := &gate{}
	registry, err := reports(g)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := registry.Build("")
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{}, 64)
	chain.BindRTCPWriter(interceptor.RTCPWriterFunc(func([]rtcp.Packet, interceptor.Attributes) (int, error) {
		select {
		case written <- struct{}{}:
		default:
		}
		return 0, nil
	}))
	defer chain.Close()
	chain.BindLocalStream(&interceptor.StreamInfo{SSRC: 1, ClockRate: 48000}, interceptor.RTPWriterFunc(nil))
	select {
	case <-written:
		t.Error("a report left before the first packet")
	case <-time.After(1200 * time.Millisecond): // reports are made every second
	}
	g.open.Store(true)
	wait(t, written)
}
