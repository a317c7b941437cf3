package nats_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/nats"
)

// nobody returns an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestOpenErrors(t *testing.T) {
	good := startServer(t, nil)
	plain := startServer(t, func(o *server.Options) { o.JetStream = false })
	locked := startServer(t, func(o *server.Options) { o.Username, o.Password = "ada", "right" })
	open(t, good.url(), nats.WithBucket("hour"), nats.WithTTL(time.Hour))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		url  string
		opts []nats.Option
		kind error
		says string
	}{
		"no URL":         {t.Context(), "", nil, nil, "nats://host:4222"},
		"bad URL":        {t.Context(), "nats://ada:secret@host:port", nil, nil, "nats://host:4222"},
		"nobody there":   {t.Context(), "nats://ada:secret@" + nobody(t), nil, nats.ErrUnavailable, "nats-server -js"},
		"no JetStream":   {t.Context(), plain.url(), nil, nats.ErrUnavailable, "nats-server -js"},
		"no password":    {t.Context(), locked.url(), nil, nats.ErrRefused, "check the user and password"},
		"wrong password": {t.Context(), "nats://ada:secret@" + locked.address(), nil, nats.ErrRefused, locked.address()},
		"bucket's name":  {t.Context(), good.url(), []nats.Option{nats.WithBucket("a b")}, nats.ErrBucket, `"a b"`},
		"replicas":       {t.Context(), good.url(), []nats.Option{nats.WithReplicas(3)}, nats.ErrBucket, "replicas"},
		"other TTL":      {t.Context(), good.url(), []nats.Option{nats.WithBucket("hour"), nats.WithTTL(time.Minute)}, nats.ErrBucket, "--max-age=1m0s"},
		"other replicas": {t.Context(), good.url(), []nats.Option{nats.WithBucket("hour"), nats.WithReplicas(3)}, nats.ErrBucket, "--replicas=3"},
		"cancelled":      {ended, good.url(), nil, context.Canceled, "canceled"},
	} {
		s, err := nats.Open(tt.ctx, tt.url, tt.opts...)
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if (tt.kind != nil && !errors.Is(err, tt.kind)) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	open(t, "nats://ada:right@"+locked.address())
	open(t, good.url(), nats.WithBucket("hour")) // who asks for nothing takes what is there
	open(t, nobody(t)+","+good.address())        // one of several servers is enough
}

func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	begun := time.Now()
	if _, err := nats.Open(t.Context(), l.Addr().String(), nats.WithTimeout(100*time.Millisecond)); !errors.Is(err, nats.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestPermissionDenied(t *testing.T) {
	account := server.NewAccount("bots")
	s := startServer(t, func(o *server.Options) {
		o.Accounts = []*server.Account{account}
		o.Users = []*server.User{{
			Username: "reader", Password: "pw", Account: account,
			Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: []string{"$KV.>"}}},
		}}
	})
	served, err := s.running.LookupAccount("bots")
	if err != nil {
		t.Fatal(err)
	}
	if err := served.EnableJetStream(nil, nil); err != nil {
		t.Fatal(err)
	}
	store := open(t, "nats://reader:pw@"+s.address(), nats.WithTimeout(300*time.Millisecond))
	_, err = store.Put(t.Context(), "491512345678", []byte("x"), 0)
	if !errors.Is(err, nats.ErrRefused) || !strings.Contains(err.Error(), "permission") || strings.Contains(err.Error(), "4915") {
		t.Errorf("error %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	s := startServer(t, nil)
	store := open(t, s.url())
	_, err := store.Put(t.Context(), "k", make([]byte, 65<<20), 0)
	if !errors.Is(err, nats.ErrTooLarge) || !strings.Contains(err.Error(), "68157440 bytes; 67108864 are the most") {
		t.Errorf("error %v", err)
	}
	if _, err := store.Put(t.Context(), "k", make([]byte, 1000), 0); err != nil { // the connection is still good
		t.Error(err)
	}
}

func TestKeyTooLong(t *testing.T) {
	store := open(t, startServer(t, nil).url(), nats.WithBucket(strings.Repeat("b", 100)))
	if _, err := store.Put(t.Context(), strings.Repeat("k", 3073), nil, 0); !errors.Is(err, nats.ErrKeyTooLong) {
		t.Errorf("error %v", err)
	}
	longest := strings.Repeat("k", 3072)
	rev, err := store.Put(t.Context(), longest, []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, err := store.Get(t.Context(), longest); err != nil || got != rev {
		t.Errorf("at %d, %v", got, err)
	}
	if err := store.Delete(t.Context(), longest); err != nil {
		t.Error(err)
	}
}

// bucketOf returns a bucket as other clients see it.
func bucketOf(t *testing.T, s *testServer, name string) jetstream.KeyValue {
	t.Helper()
	conn, err := natsgo.Connect(s.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// TestOtherClients has the bucket's other users see readable keys, and the store understand how they remove keys:
// by a note.
func TestOtherClients(t *testing.T) {
	s := startServer(t, nil)
	store := open(t, s.url())
	kv := bucketOf(t, s, "parley")
	old, err := store.Put(t.Context(), "wa/49151", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := kv.Get(t.Context(), "wa/49151"); err != nil || string(e.Value()) != "x" || e.Revision() != old {
		t.Errorf("others see %v, %v", e, err)
	}
	for name, remove := range map[string]func() error{
		"delete": func() error { return kv.Delete(t.Context(), "wa/49151") },
		"purge":  func() error { return kv.Purge(t.Context(), "wa/49151") },
	} {
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Get(t.Context(), "wa/49151"); !errors.Is(err, services.ErrNotFound) {
			t.Errorf("%s: Get: error %v", name, err)
		}
		if _, err := store.Put(t.Context(), "wa/49151", nil, old); !errors.Is(err, services.ErrConflict) {
			t.Errorf("%s: Put at the old revision: error %v", name, err)
		}
		anew, err := store.Put(t.Context(), "wa/49151", []byte("anew"), 0)
		if err != nil || anew <= old {
			t.Errorf("%s: written anew at %d after %d, %v", name, anew, old, err)
		}
		old = anew
	}
	if err := store.Delete(t.Context(), "wa/49151"); err != nil {
		t.Fatal(err)
	}
	if status, err := kv.Status(t.Context()); err != nil || status.Values() != 0 {
		t.Errorf("%d messages are left of what was deleted (%v)", status.Values(), err)
	}
}

func TestTTL(t *testing.T) {
	store := open(t, startServer(t, nil).url(), nats.WithTTL(200*time.Millisecond))
	rev, err := store.Put(t.Context(), "k", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for gone := time.After(20 * time.Second); ; {
		if _, _, err = store.Get(t.Context(), "k"); err != nil {
			break
		}
		select {
		case <-tick.C:
		case <-gone:
			t.Fatal("the value stays")
		}
	}
	if !errors.Is(err, services.ErrNotFound) {
		t.Fatal(err)
	}
	if anew, err := store.Put(t.Context(), "k", nil, 0); err != nil || anew <= rev {
		t.Errorf("revision %d after %d, %v", anew, rev, err)
	}
}

func TestBucketGone(t *testing.T) {
	s := startServer(t, nil)
	store := open(t, s.url(), nats.WithTimeout(200*time.Millisecond))
	conn, err := natsgo.Connect(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteKeyValue(t.Context(), "parley"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Get(t.Context(), "k"); !errors.Is(err, nats.ErrBucket) {
		t.Errorf("Get: error %v", err)
	}
	if _, err := store.Put(t.Context(), "k", nil, 0); !errors.Is(err, nats.ErrUnavailable) {
		t.Errorf("Put: error %v", err)
	}
}
