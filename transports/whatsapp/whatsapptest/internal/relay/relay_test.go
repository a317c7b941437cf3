package relay

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/stun/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long an answer may take; silence is how long none may come.
const (
	patience = 5 * time.Second
	silence  = 50 * time.Millisecond
)

// client is a bare UDP socket that talks to a relay.
type client struct {
	t    *testing.T
	conn *net.UDPConn
}

// listen opens a relay and a socket towards it. What is bad is collected.
func listen(t *testing.T, cfg Config) (*Relay, *client, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var bad []string
	cfg.Events.Bad = func(what string, _ time.Time) {
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, what)
	}
	r, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, &client{t, conn}, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), bad...)
	}
}

// check sends a connectivity check and returns the answer, or nil if none comes within wait.
func (c *client) check(wait time.Duration, setters ...stun.Setter) *stun.Message {
	c.t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID, stun.BindingRequest}, setters...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(m.Raw)
	return c.answer(wait)
}

func (c *client) send(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) answer(wait time.Duration) *stun.Message {
	c.t.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		c.t.Fatal(err)
	}
	buf := make([]byte, 1500)
	n, err := c.conn.Read(buf)
	if err != nil {
		return nil
	}
	m := &stun.Message{Raw: buf[:n]}
	if err := m.Decode(); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// attribute is a STUN attribute without a value of interest.
type attribute stun.AttrType

func (a attribute) AddTo(m *stun.Message) error {
	m.Add(stun.AttrType(a), make([]byte, 8))
	return nil
}

const (
	controlling = attribute(stun.AttrICEControlling)
	controlled  = attribute(stun.AttrICEControlled)
)

// nominate is USE-CANDIDATE, which has no value.
type nominate struct{}

func (nominate) AddTo(m *stun.Message) error {
	m.Add(stun.AttrUseCandidate, nil)
	return nil
}

func TestDeafUntilOpen(t *testing.T) {
	up := make(chan time.Time, 1)
	r, c, bad := listen(t, Config{Events: Events{ICEUp: func(at time.Time) { up <- at }}})
	good := []stun.Setter{stun.NewUsername(r.Credentials().Ufrag + ":them"), controlling, nominate{}, stun.NewShortTermIntegrity(r.Credentials().Pwd), stun.Fingerprint}
	if m := c.check(silence, good...); m != nil {
		t.Errorf("the relay answered before it had the SDP: %v", m)
	}
	opened := time.Now()
	if err := r.Open(Remote{Ufrag: "them", DTLS: DTLSStall}); err != nil {
		t.Fatal(err)
	}
	m := c.check(patience, good...)
	if m == nil || m.Type != stun.BindingSuccess {
		t.Fatalf("answer %v", m)
	}
	if err := stun.NewShortTermIntegrity(r.Credentials().Pwd).Check(m); err != nil {
		t.Error(err)
	}
	var mapped stun.XORMappedAddress
	if err := mapped.GetFrom(m); err != nil || mapped.String() != c.conn.LocalAddr().String() {
		t.Errorf("mapped address %v, %v; want %v", mapped, err, c.conn.LocalAddr())
	}
	if at := <-up; at.Before(opened) {
		t.Errorf("ICE was up at %v, before Open at %v", at, opened)
	}
	r.Vanish()
	if m := c.check(silence, good...); m != nil {
		t.Errorf("the relay answered after it vanished: %v", m)
	}
	if len(bad()) > 0 {
		t.Errorf("bad: %q", bad())
	}
}

func TestWrongChecks(t *testing.T) {
	tests := []struct {
		name    string
		setters func(Credentials) []stun.Setter
		silent  bool
		code    stun.ErrorCode // 0: no answer
		bad     string
	}{
		{"no integrity", func(c Credentials) []stun.Setter {
			return []stun.Setter{stun.NewUsername(c.Ufrag + ":them"), controlling}
		}, false, stun.CodeBadRequest, "without USERNAME"},
		{"no username", func(c Credentials) []stun.Setter {
			return []stun.Setter{controlling, stun.NewShortTermIntegrity(c.Pwd)}
		}, false, stun.CodeBadRequest, "without USERNAME"},
		{"wrong user", func(c Credentials) []stun.Setter {
			return []stun.Setter{stun.NewUsername(c.Ufrag + ":other"), stun.NewShortTermIntegrity(c.Pwd)}
		}, false, stun.CodeUnauthorized, "somebody else's"},
		{"wrong password", func(c Credentials) []stun.Setter {
			return []stun.Setter{stun.NewUsername(c.Ufrag + ":them"), stun.NewShortTermIntegrity("x")}
		}, false, stun.CodeUnauthorized, "MESSAGE-INTEGRITY is wrong"},
		{"controlled", func(c Credentials) []stun.Setter {
			return []stun.Setter{stun.NewUsername(c.Ufrag + ":them"), controlled, stun.NewShortTermIntegrity(c.Pwd)}
		}, false, stun.CodeRoleConflict, "claims to be controlled"},
		{"controlled, silent", func(c Credentials) []stun.Setter {
			return []stun.Setter{stun.NewUsername(c.Ufrag + ":them"), controlled, stun.NewShortTermIntegrity(c.Pwd)}
		}, true, 0, "claims to be controlled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, c, bad := listen(t, Config{SilentOnRoleConflict: test.silent})
			if err := r.Open(Remote{Ufrag: "them", DTLS: DTLSStall}); err != nil {
				t.Fatal(err)
			}
			wait := patience
			if test.code == 0 {
				wait = silence
			}
			m := c.check(wait, test.setters(r.Credentials())...)
			if (m != nil) != (test.code != 0) {
				t.Fatalf("answer %v", m)
			}
			if m != nil {
				var code stun.ErrorCodeAttribute
				if err := code.GetFrom(m); err != nil || code.Code != test.code {
					t.Errorf("answer %v %v, want %d", code, err, test.code)
				}
			}
			if got := bad(); len(got) != 1 || !strings.Contains(got[0], test.bad) {
				t.Errorf("bad %q, want %q", got, test.bad)
			}
		})
	}
}

// TestStrayDatagrams sends what is no check. None is answered, and each is reported.
func TestStrayDatagrams(t *testing.T) {
	r, c, bad := listen(t, Config{})
	if err := r.Open(Remote{Ufrag: "them"}); err != nil {
		t.Fatal(err)
	}
	good := func() *stun.Message {
		return c.check(patience, stun.NewUsername(r.Credentials().Ufrag+":them"), controlling, stun.NewShortTermIntegrity(r.Credentials().Pwd))
	}
	c.send([]byte{128, 111, 0, 1})
	c.send([]byte{0, 1, 0, 0})
	if good() == nil { // the relay is through with the two
		t.Fatal("no answer to a good check")
	}
	c.send([]byte{200, 1})
	if good() == nil {
		t.Fatal("no answer to a good check")
	}
	want := []string{"no valid connectivity check", "cannot be decoded", "neither STUN"}
	got := bad()
	if len(got) != len(want) {
		t.Fatalf("bad %q, want %q", got, want)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("bad %q, want %q", got[i], want[i])
		}
	}
}

func TestNotConnected(t *testing.T) {
	r, _, _ := listen(t, Config{})
	if err := r.WriteRTP(&rtp.Packet{}); !errors.Is(err, ErrNotConnected) {
		t.Errorf("RTP: %v", err)
	}
	if err := r.WriteRTCP(nil); !errors.Is(err, ErrNotConnected) {
		t.Errorf("RTCP: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Open(Remote{}); !errors.Is(err, ErrClosed) {
		t.Errorf("open after close: %v", err)
	}
}

func TestCredentials(t *testing.T) {
	a, b := NewCredentials(), NewCredentials()
	if len(a.Ufrag) != 16 || len(a.Pwd) != 24 || !strings.HasSuffix(a.Pwd, "==") || a == b {
		t.Errorf("credentials %+v and %+v", a, b)
	}
}

func FuzzReceive(f *testing.F) {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("a:b"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Raw)
	f.Add([]byte{22, 254, 255, 0})
	f.Add(bytes.Repeat([]byte{128}, 40))
	r, err := Listen(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = r.Close() })
	if err := r.Open(Remote{Ufrag: "b", DTLS: DTLSStall}); err != nil {
		f.Fatal(err)
	}
	from := r.Addr() // answers go to the relay itself, which reads them as stray messages
	r.checked(from, false, time.Now())
	f.Fuzz(func(_ *testing.T, datagram []byte) {
		if len(datagram) > 0 {
			r.receive(datagram, from, time.Now())
		}
	})
}
