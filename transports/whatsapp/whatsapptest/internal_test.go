package whatsapptest

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

func FuzzEscapeJSON(f *testing.F) {
	f.Add("plain")
	f.Add("Grüße / \\/ \" <b> 😀 \u2028 \x00")
	f.Fuzz(func(t *testing.T, s string) {
		body, err := json.Marshal(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}
		escaped := escapeJSON(body)
		for _, c := range escaped {
			if c >= utf8.RuneSelf {
				t.Fatalf("%q has a byte outside of ASCII", escaped)
			}
		}
		var before, after map[string]string
		if err := json.Unmarshal(body, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(escaped, &after); err != nil {
			t.Fatalf("%q: %v", escaped, err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzParseSDP(f *testing.F) {
	f.Add("v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n", true)
	f.Add("v=0\r\na=fingerprint:sha-256\r\na=group:BUNDLE\r\na=\r\nm=\r\n", false)
	f.Add(offerFacts{ufrag: "AeinEGDfvqBctbtM", pwd: "F6/jjqL0/8/Dzluc0IoZEQ==", setup: "actpass", mid: "audio", opus: 111, dtmf: 126}.sdp(), true)
	f.Fuzz(func(t *testing.T, sdp string, offer bool) {
		d, err := parseSDP(sdp, sdpRules{offer: offer})
		if err == nil && (d.fingerprint == "" || d.ufrag == "" || d.pwd == "" || d.opus == 0 || d.setup == "") {
			t.Fatalf("taken although something is missing: %+v", d)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Fatalf("the error repeats too much of its input: %d bytes", len(err.Error()))
		}
	})
}

func FuzzCallRequest(f *testing.F) {
	f.Add([]byte(`{"messaging_product":"whatsapp","action":"accept","call_id":"x","session":{"sdp_type":"answer","sdp":"v=0"}}`))
	f.Add([]byte(`{"session":null,"action":7}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		req, err := parseCallRequest(body)
		if err == nil && (req.Action == "accept" || req.Action == "pre_accept") && (req.Session == nil || req.CallID == "") {
			t.Fatalf("taken although something is missing: %+v", req)
		}
	})
}

func TestOfferIsTaken(t *testing.T) {
	t.Parallel()
	facts := offerFacts{addr: netip.MustParseAddrPort("127.0.0.1:3484"), ufrag: "AeinEGDfvqBctbtM", pwd: "F6/jjqL0/8/Dzluc0IoZEQ==", setup: "actpass", mid: "audio", opus: 111, dtmf: 126,
		fingerprint: strings.TrimSuffix(strings.Repeat("AB:", 32), ":"), ssrc: 7, at: time.UnixMilli(1760681506762)}
	for _, old := range []bool{false, true} {
		facts.old = old
		sdp := facts.sdp()
		// Our own offer passes our own check, apart from what only an offer of a relay may have.
		plain := strings.Replace(sdp, "a=ice-lite\r\n", "", 1)
		d, err := parseSDP(plain, sdpRules{offer: true, mediaFingerprint: true, strictPacketTime: true})
		if err != nil {
			t.Errorf("old %v: %v", old, err)
		}
		want := description{ufrag: facts.ufrag, pwd: facts.pwd, fingerprint: facts.fingerprint, setup: "actpass", mid: "audio", opus: 111, dtmf: 126}
		if diff := cmp.Diff(want, d, cmp.AllowUnexported(description{})); diff != "" {
			t.Errorf("old %v: %s", old, diff)
		}
		session, media, _ := strings.Cut(sdp, "m=audio")
		if !strings.Contains(session, "a=ice-lite\r\n") || strings.Contains(session, "fingerprint") || !strings.Contains(media, "a=ssrc:7 cname:") {
			t.Errorf("old %v: the layout is wrong:\n%s", old, sdp)
		}
		if strings.Contains(sdp, "extmap") != old {
			t.Errorf("old %v: header extensions", old)
		}
	}
}

// sine makes 16 kHz samples of an amplitude.
func sine(n int, amplitude float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*1000*float64(i)/SampleRate))
	}
	return pcm
}

func TestMeter(t *testing.T) {
	t.Parallel()
	ms := func(n int) []int16 { return make([]int16, n*SampleRate/1000) }
	loud := func(n int) []int16 { return sine(n*SampleRate/1000, 8000) }
	join := func(parts ...[]int16) (all []int16) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	tests := []struct {
		name string
		pcm  []int16
		want [][2]int // milliseconds
	}{
		{"silence", ms(100), nil},
		{"tone", join(ms(35), loud(100), ms(50)), [][2]int{{35, 135}}},
		{"short pause", join(loud(50), ms(40), loud(50)), [][2]int{{0, 140}}},
		{"long pause", join(loud(50), ms(80), loud(50)), [][2]int{{0, 50}, {130, 180}}},
		{"too quiet", sine(1600, 32768*math.Pow(10, -50.0/20)*math.Sqrt2), nil},
		{"just loud enough", sine(1600, 32768*math.Pow(10, -44.0/20)*math.Sqrt2), [][2]int{{0, 100}}},
		{"a click", join(ms(20), []int16{20000}, ms(20)), [][2]int{{20, 20}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := SpeechSpans(audio.PCM{Format: audio.Mono(SampleRate), Samples: test.pcm})
			if len(got) != len(test.want) {
				t.Fatalf("%v, want %v", got, test.want)
			}
			for i, w := range test.want {
				start, end := time.Duration(w[0])*time.Millisecond, time.Duration(w[1])*time.Millisecond
				if (got[i].Start-start).Abs() > time.Millisecond || (got[i].End-end).Abs() > time.Millisecond {
					t.Errorf("%v, want %v", got, test.want)
				}
			}
		})
	}
}

// TestEar plays packets at odd times and looks where they end up.
func TestEar(t *testing.T) {
	t.Parallel()
	encoder, err := opus.NewEncoder(SampleRate)
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := encoder.Silence()
	if err != nil {
		t.Fatal(err)
	}
	quiet = append([]byte(nil), quiet...)
	type arrival struct {
		at    int // milliseconds
		frame int // number of the frame in the stream
	}
	tests := []struct {
		name     string
		arrivals []arrival
		end      int // milliseconds: length of what was heard
	}{
		{"on time", []arrival{{100, 0}, {120, 1}, {140, 2}}, 160},
		{"one late", []arrival{{100, 0}, {150, 1}, {150, 2}}, 190},
		{"a burst", []arrival{{100, 0}, {100, 1}, {100, 2}}, 160},
		{"one lost", []arrival{{100, 0}, {140, 2}}, 160},
		{"late, then silence gives it back", []arrival{{100, 0}, {160, 1}, {160, 2}, {160, 3}, {180, 4}, {200, 5}, {300, 10}}, 320},
		{"a new timeline", []arrival{{100, 0}, {120, 100000}}, 140},
		{"swapped", []arrival{{100, 0}, {140, 2}, {141, 1}}, 161},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ear, err := newEar(false)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range test.arrivals {
				p := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(a.frame), Timestamp: uint32(4294967000 + a.frame*ticksPerStep)}, Payload: quiet}
				if err := ear.packet(p, time.Duration(a.at)*time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(ear.heard) * 1000 / SampleRate; got != test.end {
				t.Errorf("heard %d ms, want %d", got, test.end)
			}
		})
	}
	t.Run("hostile timeline", func(t *testing.T) {
		ear, err := newEar(false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			p := &rtp.Packet{Header: rtp.Header{Timestamp: uint32(i) * 0x7fffffff}, Payload: quiet}
			if err := ear.packet(p, time.Duration(i)*20*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		if seconds := len(ear.heard) / SampleRate; seconds > 10 {
			t.Errorf("200 packets fill %d s", seconds)
		}
	})
}

func TestResponseAndBargeIn(t *testing.T) {
	t.Parallel()
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	spans := func(pairs ...int) (list []Span) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, Span{ms(pairs[i]), ms(pairs[i+1])})
		}
		return list
	}
	said := Utterance{Start: ms(1000), FirstSpeech: ms(1100), LastSpeech: ms(2000), End: ms(2100)}
	tests := []struct {
		name              string
		bot               []Span
		response, bargeIn int // milliseconds; -1: none
	}{
		{"answer", spans(100, 900, 2500, 3000), 500, -1},
		{"no answer", spans(100, 900), -1, -1},
		{"never spoke", nil, -1, -1},
		{"interrupted", spans(100, 1250, 2600, 3000), 600, 150},
		{"interrupted between two sentences", spans(100, 600, 800, 1300, 2600, 3000), 600, 200},
		{"stops late", spans(100, 900, 1050, 1500, 1600, 1900, 2400, 2500), 400, 800},
		{"went on", spans(100, 2600, 2700, 9000), -1, -1},
		{"spoke over the caller", spans(1500, 2500), -1, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := &Call{timings: Timings{Ring: time.Now().Add(-9 * time.Second)}}
			c.media.ear = &ear{meter: meter{spans: test.bot}}
			check := func(what string, got time.Duration, ok bool, want int) {
				if ok != (want >= 0) || ok && got != ms(want) {
					t.Errorf("%s %v %v, want %d", what, got, ok, want)
				}
			}
			got, ok := c.Response(said)
			check("response", got, ok, test.response)
			got, ok = c.BargeIn(said, ms(300))
			check("barge-in", got, ok, test.bargeIn)
		})
	}
}

func TestInboundChecks(t *testing.T) {
	t.Parallel()
	encoder, err := opus.NewEncoder(SampleRate)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := encoder.Silence()
	if err != nil {
		t.Fatal(err)
	}
	packet := func(change func(*rtp.Packet)) *rtp.Packet {
		p := &rtp.Packet{Header: rtp.Header{PayloadType: 111, SSRC: 7, SequenceNumber: 1, Timestamp: 960}, Payload: payload}
		change(p)
		return p
	}
	tests := []struct {
		name   string
		change func(*rtp.Packet)
		want   string
	}{
		{"good", func(*rtp.Packet) {}, ""},
		{"another SSRC", func(p *rtp.Packet) { p.SSRC = 8 }, "SSRC changed"},
		{"another payload type", func(p *rtp.Packet) { p.PayloadType = 96 }, "payload type 96"},
		{"repeated", func(p *rtp.Packet) { p.SequenceNumber = 0 }, "went on by 0 instead of 1"},
		{"backwards", func(p *rtp.Packet) { p.Timestamp = 4294967295 }, "went on by -1 instead of 960"},
		{"marker with an odd gap", func(p *rtp.Packet) { p.Marker, p.Timestamp = true, 961 }, "went on by 961"},
		{"marker with a whole gap", func(p *rtp.Packet) { p.Marker, p.Timestamp = true, 9600 }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var s inbound
			if faults := s.packet(packet(func(p *rtp.Packet) { p.SequenceNumber, p.Timestamp = 0, 0 }), 111, false); len(faults) > 0 {
				t.Fatalf("the first packet: %q", faults)
			}
			faults := s.packet(packet(test.change), 111, false)
			if test.want == "" && len(faults) > 0 || test.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], test.want)) {
				t.Errorf("%q, want %q", faults, test.want)
			}
		})
	}
}

func TestKeysOfTheBot(t *testing.T) {
	t.Parallel()
	e, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	c := &Call{e: e, id: "wacid.x"}
	press := func(timestamp uint32, payload ...byte) {
		c.receiveDTMF(&rtp.Packet{Header: rtp.Header{Timestamp: timestamp}, Payload: payload}, time.Now())
	}
	press(1, 5, 10, 0, 160)
	for range 3 {
		press(1, 5, 0x8a, 3, 32)
	}
	press(2, 11, 0x8a, 3, 32)
	press(3, 99, 0x8a, 0, 0)
	press(3, 1)
	var keys string
	for _, event := range e.Events() {
		if event.Kind == EventDTMF {
			keys += event.Detail
		}
	}
	if keys != "5#" || len(c.Violations()) != 1 {
		t.Errorf("keys %q, violations %v", keys, c.Violations())
	}
}
