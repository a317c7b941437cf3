package whatsapp_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// openCall is one call that a whole fuzz test sends garbage into, so that it is about the garbage and not about calls.
func openCall(f *testing.F) (call *whatsapptest.Call, bot *whatsapp.Call) {
	f.Helper()
	meta, err := whatsapptest.New()
	if err != nil {
		f.Fatal(err)
	}
	b := whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), AppSecret: meta.AppSecret(), VerifyToken: "v",
		APIBaseURL: meta.GraphURL(), Logger: discard,
	})
	calls := make(chan *whatsapp.Call, 1)
	b.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		return talk(ctx, c)
	})
	e := echo.New()
	b.Mount(e.Group(""))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/webhook")
	var once sync.Once
	f.Cleanup(func() {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			if err := b.Shutdown(ctx); err != nil {
				f.Error(err)
			}
			server.Close()
			_ = meta.Close()
		})
	})
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if call, err = meta.Call(ctx, ada); err == nil {
		err = call.WaitAccepted(ctx)
	}
	if err == nil {
		_, err = call.WaitSpeech(ctx, 0)
	}
	if err != nil {
		f.Fatal(err)
	}
	return call, <-calls
}

// stillTalks fails the test unless the call goes on in both directions.
func stillTalks(t *testing.T, call *whatsapptest.Call, bot *whatsapp.Call) {
	t.Helper()
	if bot.State() != whatsapp.Active {
		t.Fatalf("the call is %v: %v", bot.State(), bot.Reason())
	}
	sent, got := len(call.Packets()), bot.Reception().Received
	for deadline := time.Now().Add(limit); len(call.Packets()) == sent || bot.Reception().Received == got; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no packets come any more")
		}
	}
}

// Whatever the relay sends as RTCP, the call goes on.
func FuzzRTCP(f *testing.F) {
	seed := func(packets ...rtcp.Packet) {
		if raw, err := rtcp.Marshal(packets); err == nil {
			f.Add(raw)
		}
	}
	seed(&rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 2, FractionLost: 255, TotalLost: 1<<24 - 1}}})
	seed(&rtcp.ReceiverReport{SSRC: 1}, &rtcp.Goodbye{Sources: []uint32{1, 2}, Reason: "bye"})
	seed(&rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: 2, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 0xffff}}})
	seed(&rtcp.PictureLossIndication{}, &rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{}}}, &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e30})
	seed(&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}})
	for _, raw := range []string{"\x80\xc8\x00\x00....", "\x9f\xc9\xff\xff\x00\x00\x00\x01", "\x8f\xcd\x00\x05aaaabbbbccccddddeeee", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
		f.Add([]byte(raw))
	}
	call, bot := openCall(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = call.SendRTCP(raw) // bytes that cannot even be encrypted do not come to the bot
		stillTalks(t, call, bot)
	})
}

// Whatever the relay sends as RTP, from whatever source, the call goes on.
func FuzzRTP(f *testing.F) {
	f.Add(uint8(111), uint16(1), uint32(960), uint32(7), true, []byte{0xfc, 0xff, 0xfe})
	f.Add(uint8(126), uint16(65535), uint32(1<<32-1), uint32(0), false, []byte{1, 0x80, 0, 0})
	f.Add(uint8(0), uint16(0), uint32(0), uint32(1), false, []byte{})
	f.Add(uint8(127), uint16(2), uint32(3), uint32(4), true, make([]byte, 1300))
	call, bot := openCall(f)
	f.Fuzz(func(t *testing.T, kind uint8, seq uint16, ticks, source uint32, marker bool, payload []byte) {
		_ = call.SendRTP(&rtp.Packet{Header: rtp.Header{
			Version: 2, PayloadType: kind & 127, SequenceNumber: seq, Timestamp: ticks, SSRC: source, Marker: marker,
		}, Payload: payload})
		stillTalks(t, call, bot)
	})
}
