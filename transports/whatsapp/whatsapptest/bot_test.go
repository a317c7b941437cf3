package whatsapptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// deadline bounds every wait of the tests.
const deadline = 15 * time.Second

var ada = whatsapptest.User{WaID: "15559990000", Name: "Ada"}

// bot is a minimal bot on plain pion: it answers calls, waits for DTLS, accepts, and sends a tone or silence. Its
// fields make it misbehave.
type bot struct {
	t      testing.TB
	e      *whatsapptest.Emulator
	server *httptest.Server
	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	role        webrtc.DTLSRole                      // of its answers; client unless set
	answer      func(sdp string) string              // changes the answer's text
	acceptSDP   func(sdp string) string              // changes it again between pre_accept and accept
	sdpType     string                               // "answer" unless set
	direct      bool                                 // accept without pre_accept
	eager       bool                                 // sends media before accept
	mute        bool                                 // never sends media
	packet      func(n int, p *rtp.Packet)           // changes packets
	payload     func(n int) []byte                   // makes payloads
	hear        func(pcm []int16)                    // gets what the user says
	packetIn    func(p *rtp.Packet)                  // gets the user's packets
	onDTMF      func(p *rtp.Packet)                  // gets the user's keys
	webhook     func(body []byte, h http.Header) int // looks at webhooks; 0 is 200
	noAnswer    bool                                 // takes the webhook and does nothing
	speaking    sync.Mutex
	tone        bool
	mu          sync.Mutex
	replies     []reply
	peers       []*webrtc.PeerConnection
	terminated  chan map[string]any
	connectHook map[string]any
}

// reply is what Graph answered to one action.
type reply struct {
	Action string
	Status int
	Code   int
	Detail string
	Body   string
}

// newBot starts a bot and an emulator that know each other. change is applied before the bot serves.
func newBot(t testing.TB, change func(*bot), opts ...whatsapptest.Option) (*bot, *whatsapptest.Emulator) {
	t.Helper()
	e, err := whatsapptest.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &bot{t: t, e: e, ctx: ctx, cancel: cancel, role: webrtc.DTLSRoleClient, sdpType: "answer", terminated: make(chan map[string]any, 8)}
	if change != nil {
		change(b)
	}
	b.server = httptest.NewServer(http.HandlerFunc(b.serve))
	e.SetWebhook(b.server.URL + "/webhook")
	t.Cleanup(func() {
		cancel()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		b.server.Close()
		b.wg.Wait() // nobody makes a peer any more
		for _, pc := range b.peers {
			_ = pc.GracefulClose()
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return b, e
}

func (b *bot) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if r.URL.Query().Get("hub.verify_token") != b.e.VerifyToken() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
		return
	}
	body, _ := io.ReadAll(r.Body)
	if b.webhook != nil {
		if status := b.webhook(body, r.Header); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	var envelope struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Calls []map[string]any `json:"calls"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		b.t.Errorf("the webhook is not JSON: %v", err)
	}
	for _, entry := range envelope.Entry {
		for _, change := range entry.Changes {
			for _, call := range change.Value.Calls {
				switch call["event"] {
				case "connect":
					b.mu.Lock()
					b.connectHook = call
					b.mu.Unlock()
					session, _ := call["session"].(map[string]any)
					offer, _ := session["sdp"].(string)
					id, _ := call["id"].(string)
					if !b.noAnswer {
						b.wg.Go(func() { b.take(id, offer) })
					}
				case "terminate":
					b.terminated <- call
				}
			}
		}
	}
	_, _ = io.WriteString(w, `{"status":"processing"}`)
}

// take answers a call.
func (b *bot) take(id, offer string) {
	pc, track, sdp, err := b.peer(offer)
	if err != nil {
		b.t.Errorf("the bot's answer: %v", err)
		return
	}
	connected := make(chan struct{})
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(connected) })
		}
	})
	if b.answer != nil {
		sdp = b.answer(sdp)
	}
	if !b.direct {
		if b.act(id, "pre_accept", sdp).Status != http.StatusOK {
			return
		}
		if b.role == webrtc.DTLSRoleClient && b.sdpType == "answer" {
			select {
			case <-connected:
			case <-b.ctx.Done():
				return
			}
		}
	}
	if b.eager {
		b.wg.Go(func() { b.talk(track) })
		if _, err := b.e.WaitFor(b.ctx, func(ev whatsapptest.Event) bool { return ev.Kind == whatsapptest.EventFirstPacket }); err != nil {
			return
		}
	}
	if b.acceptSDP != nil {
		sdp = b.acceptSDP(sdp)
	}
	if b.act(id, "accept", sdp).Status != http.StatusOK || b.mute || b.eager {
		return
	}
	select {
	case <-connected:
	case <-b.ctx.Done():
		return
	}
	b.talk(track)
}

// peer makes the peer connection and the answer.
func (b *bot) peer(offer string) (*webrtc.PeerConnection, *webrtc.TrackLocalStaticRTP, string, error) {
	var media webrtc.MediaEngine
	opusCodec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	dtmf := webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000}
	for pt, c := range map[webrtc.PayloadType]webrtc.RTPCodecCapability{111: opusCodec, 126: dtmf} {
		if err := media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: pt}, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, nil, "", err
		}
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetSDPMediaLevelFingerprints(true)
	if err := settings.SetAnsweringDTLSRole(b.role); err != nil {
		return nil, nil, "", err
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, nil, "", err
	}
	b.mu.Lock()
	b.peers = append(b.peers, pc)
	b.mu.Unlock()
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.listen(t) })
	track, err := webrtc.NewTrackLocalStaticRTP(opusCodec, "audio", "bot")
	if err != nil {
		return nil, nil, "", err
	}
	if _, err := pc.AddTrack(track); err != nil {
		return nil, nil, "", err
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return nil, nil, "", err
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return nil, nil, "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return nil, nil, "", err
	}
	<-gathered
	return pc, track, pc.LocalDescription().SDP, nil
}

// listen decodes what the user says.
func (b *bot) listen(t *webrtc.TrackRemote) {
	decoder, err := opus.NewDecoder(16000)
	if err != nil {
		b.t.Error(err)
		return
	}
	pcm := make([]int16, decoder.MaxSamples())
	for {
		p, _, err := t.ReadRTP()
		if err != nil {
			return
		}
		if b.packetIn != nil {
			b.packetIn(p)
		}
		if p.PayloadType == 126 {
			if b.onDTMF != nil {
				b.onDTMF(p)
			}
			continue
		}
		n, err := decoder.Decode(p.Payload, pcm)
		if err != nil {
			b.t.Errorf("the user's packet: %v", err)
			return
		}
		if b.hear != nil {
			b.hear(pcm[:n])
		}
	}
}

// speak switches between tone and silence.
func (b *bot) speak(on bool) {
	b.speaking.Lock()
	defer b.speaking.Unlock()
	b.tone = on
}

// talk sends 20 ms packets until the bot is stopped.
func (b *bot) talk(track *webrtc.TrackLocalStaticRTP) {
	encoder, err := opus.NewEncoder(16000)
	if err != nil {
		b.t.Error(err)
		return
	}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	pcm := make([]int16, 320)
	for n := 0; ; n++ {
		b.speaking.Lock()
		tone := b.tone
		b.speaking.Unlock()
		for i := range pcm {
			pcm[i] = 0
			if tone {
				pcm[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(n*320+i)/16000))
			}
		}
		payload, err := encoder.Encode(nil, pcm)
		if err != nil {
			b.t.Error(err)
			return
		}
		p := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(65530 + n), Timestamp: uint32(4294966000 + n*960), Marker: n == 0}, Payload: payload}
		if b.payload != nil {
			p.Payload = b.payload(n)
		}
		if b.packet != nil {
			b.packet(n, p)
		}
		if err := track.WriteRTP(p); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-b.ctx.Done():
			return
		}
	}
}

// act posts one action to Graph.
func (b *bot) act(id, action, sdp string) reply {
	body := map[string]any{"messaging_product": "whatsapp", "call_id": id, "action": action}
	if sdp != "" {
		body["session"] = map[string]any{"sdp_type": b.sdpType, "sdp": sdp}
	}
	r := graph(b.t, b.e, http.MethodPost, b.e.PhoneNumberID()+"/calls", body)
	r.Action = action
	b.mu.Lock()
	b.replies = append(b.replies, r)
	b.mu.Unlock()
	return r
}

// graph makes a Graph request.
func graph(t testing.TB, e *whatsapptest.Emulator, method, path string, body any) reply {
	t.Helper()
	var raw []byte
	if text, ok := body.(string); ok {
		raw = []byte(text)
	} else if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Error(err)
			return reply{}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, e.GraphURL()+"/"+path, bytes.NewReader(raw))
	if err != nil {
		t.Error(err)
		return reply{}
	}
	req.Header.Set("Authorization", "Bearer "+e.AccessToken())
	req.Header.Set("Content-Type", "application/json")
	return do(t, req)
}

// do sends a request and reads what Graph says.
func do(t testing.TB, req *http.Request) reply {
	t.Helper()
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{Detail: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	var parsed struct {
		Error struct {
			Message string `json:"message"`
			Code    int    `json:"code"`
			TraceID string `json:"fbtrace_id"`
			Data    struct {
				Details string `json:"details"`
			} `json:"error_data"`
		} `json:"error"`
	}
	r := reply{Status: response.StatusCode, Body: string(text)}
	if json.Unmarshal(text, &parsed) == nil && parsed.Error.Code != 0 {
		if parsed.Error.TraceID == "" {
			t.Errorf("%s: the error has no fbtrace_id: %s", req.URL.Path, text)
		}
		r.Code = parsed.Error.Code
		r.Detail = strings.TrimSpace(parsed.Error.Message + " " + parsed.Error.Data.Details)
	}
	return r
}

// last is what Graph answered to the last action of that name.
func (b *bot) last(action string) reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.replies) - 1; i >= 0; i-- {
		if b.replies[i].Action == action {
			return b.replies[i]
		}
	}
	return reply{}
}

// within is a context for one test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	return ctx
}

// await waits for an event of that kind.
func await(t testing.TB, e *whatsapptest.Emulator, kind whatsapptest.Kind) whatsapptest.Event {
	t.Helper()
	event, err := e.WaitFor(within(t), func(ev whatsapptest.Event) bool { return ev.Kind == kind })
	if err != nil {
		t.Fatalf("no %s: %v\n%s", kind, err, history(e))
	}
	return event
}

// history prints all events.
func history(e *whatsapptest.Emulator) string {
	var b strings.Builder
	for _, ev := range e.Events() {
		fmt.Fprintln(&b, ev)
	}
	return b.String()
}

// offer makes the offer of a call that the bot places.
func (b *bot) offer(t testing.TB) (*webrtc.PeerConnection, string) {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.peers = append(b.peers, pc)
	b.mu.Unlock()
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return pc, pc.LocalDescription().SDP
}

// answered gives the relay's answer to the bot's offer.
func (b *bot) answered(pc *webrtc.PeerConnection, sdp string) error {
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
}
