package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// turnServer is a TURN server on this machine, at a UDP and a TCP port, that counts what it relays.
type turnServer struct {
	udp, tcp  string
	allocated atomic.Int64
}

func newTURN(t *testing.T, user, password string) *turnServer {
	t.Helper()
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	streams, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	s := &turnServer{udp: packets.LocalAddr().String(), tcp: streams.Addr().String()}
	relay := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, password), a.Username == user
		},
		EventHandler:      turn.EventHandler{OnAllocationCreated: func(_, _ net.Addr, _, _, _ string, _ net.Addr, _ int) { s.allocated.Add(1) }},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: packets, RelayAddressGenerator: relay}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: streams, RelayAddressGenerator: relay}},
	})
	must(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// A host that reaches nothing but a TURN server has calls, over UDP and over TCP.
func TestCallsOverATURNServer(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			server := newTURN(t, "parley", "password")
			address := map[string]string{"udp": server.udp, "tcp": server.tcp}[transport]
			w := newWitness()
			r := newRig(t, func(c *whatsapp.Config) {
				c.ICEServers = []webrtc.ICEServer{{URLs: []string{"turn:" + address + "?transport=" + transport}, Username: "parley", Credential: "password"}}
				c.RelayOnly = true
				c.Observers = []whatsapp.Observer{w}
			})
			heard := make(chan struct{}, 1)
			r.bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
				return pipeline.New(call.Input(), tone(func(pipeline.Frame) {
					select {
					case heard <- struct{}{}:
					default:
					}
				}), call.Output()).Run(ctx)
			})
			call := r.answered(ada)
			_, err := call.WaitSpeech(r.ctx(), 0)
			must(t, err)
			next(r, heard)
			at := call.Timings()
			t.Logf("ring to accept over TURN and %s: %v", transport, at.Accept.Sub(at.Ring))
			for line := range strings.Lines(call.Answer()) {
				if strings.HasPrefix(line, "a=candidate:") && !strings.Contains(line, "typ relay") {
					t.Errorf("the answer offers another way: %s", line)
				}
			}
			if server.allocated.Load() == 0 {
				t.Error("the TURN server was not asked")
			}
			must(t, call.HangUp(r.ctx()))
			over := seen(r, w, func(e whatsapp.CallChanged) bool { return e.State == whatsapp.Ended })
			if over.Audio == nil || over.Audio.Received == 0 {
				t.Errorf("nothing came from the caller: %+v", over.Audio)
			}
		})
	}
}

func TestACallWithoutItsTURNServerIsRejected(t *testing.T) {
	t.Parallel()
	server := newTURN(t, "parley", "password")
	w := newWitness()
	r := newRig(t, func(c *whatsapp.Config) {
		c.ICEServers = []webrtc.ICEServer{{URLs: []string{"turn:" + server.udp}, Username: "parley", Credential: "wrong-password"}}
		c.RelayOnly = true
		c.Observers = []whatsapp.Observer{w}
	})
	r.bot.OnCall(beep)
	call, err := r.meta.Call(r.ctx(), ada)
	must(t, err)
	r.ended(call)
	over := seen(r, w, func(e whatsapp.CallChanged) bool { return e.State == whatsapp.Ended })
	if got := whatsapp.ReasonClass(over.Reason); got != "no_turn_server" || !strings.Contains(over.Reason.Error(), "TURN") {
		t.Errorf("%s: %v", got, over.Reason)
	}
	if strings.Contains(r.log.String(), "wrong-password") {
		t.Error("the log holds the password")
	}
	if err := (whatsapp.Config{AccessToken: "t", PhoneNumberID: "1", RelayOnly: true}).Validate(); !errors.Is(err, whatsapp.ErrConfig) || !strings.Contains(err.Error(), "TURN") {
		t.Errorf("without a TURN server: %v", err)
	}
}
