package redis_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/redis"
)

// client returns a plain client of a server.
func client(t *testing.T, s *testServer) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: s.address()})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestOpenErrors(t *testing.T) {
	good := startServer(t)
	locked := startServer(t, "--requirepass", "right")
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		url  string
		kind error
		says string
	}{
		"no scheme known": {t.Context(), "http://ada:secret@host", nil, "redis://host:6379/0"},
		"bad URL":         {t.Context(), "redis://ada:secret%zz@host", nil, "redis://host:6379/0"},
		"bad database":    {t.Context(), "redis://host/one", nil, "one"},
		"bad password":    {t.Context(), "redis://ada:1/secret@host/one", nil, "redis://host:6379/0"},
		"nobody there":    {t.Context(), "redis://ada:secret@" + gone.Addr().String(), redis.ErrUnavailable, gone.Addr().String()},
		"silent":          {t.Context(), "redis://" + l.Addr().String(), redis.ErrUnavailable, "check the URL"},
		"no password":     {t.Context(), locked.url(), redis.ErrRefused, "check the user and password"},
		"wrong password":  {t.Context(), "redis://:secret@" + locked.address(), redis.ErrRefused, locked.address()},
		"wrong user":      {t.Context(), "redis://ada:secret@" + locked.address(), redis.ErrRefused, "check the user and password"},
		"no database":     {t.Context(), good.url() + "/7", nil, "DB index"},
		"no TLS there":    {t.Context(), "rediss://" + good.address(), nil, good.address()},
		"cancelled":       {ended, good.url(), context.Canceled, "canceled"},
	} {
		begun := time.Now()
		limit := 5 * time.Second
		if name == "silent" {
			limit = 100 * time.Millisecond
		}
		s, err := redis.Open(tt.ctx, tt.url, redis.WithTimeout(limit))
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if (tt.kind != nil && !errors.Is(err, tt.kind)) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", name, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	open(t, "redis://:right@"+locked.address())
	open(t, good.address()) // the scheme may be left out
}

func TestNoPermission(t *testing.T) {
	s := startServer(t)
	if err := client(t, s).Do(t.Context(), "ACL", "SETUSER", "reader", "on", ">pw", "~*", "+ping", "+hmget").Err(); err != nil {
		t.Fatal(err)
	}
	store := open(t, "redis://reader:pw@"+s.address())
	if _, _, err := store.Get(t.Context(), "k"); !errors.Is(err, services.ErrNotFound) {
		t.Errorf("Get: error %v", err)
	}
	if _, err := store.Put(t.Context(), "k", nil, 0); !errors.Is(err, redis.ErrRefused) {
		t.Errorf("Put: error %v", err)
	}
}

func TestForeignKeys(t *testing.T) {
	s := startServer(t)
	store, other := open(t, s.url()), client(t, s)
	ctx := t.Context()
	for name, write := range map[string]func(key string) error{
		"text":        func(key string) error { return other.Set(ctx, key, "x", 0).Err() },
		"no revision": func(key string) error { return other.HSet(ctx, key, "value", "x").Err() },
		"no value":    func(key string) error { return other.HSet(ctx, key, "revision", "3").Err() },
		"words":       func(key string) error { return other.HSet(ctx, key, "revision", "three", "value", "x").Err() },
	} {
		if err := write("parley:v:" + name); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Get(ctx, name); !errors.Is(err, redis.ErrForeign) || !strings.Contains(err.Error(), "prefix") {
			t.Errorf("%s: Get: error %v", name, err)
		}
	}
	if _, err := store.Put(ctx, "text", nil, 0); !errors.Is(err, redis.ErrForeign) {
		t.Errorf("Put: error %v", err)
	}
}

func TestPrefixes(t *testing.T) {
	s := startServer(t)
	one, other := open(t, s.url(), redis.WithPrefix("one:")), open(t, s.url(), redis.WithPrefix("other:"))
	if _, err := one.Put(t.Context(), "revision", []byte("x"), 0); err != nil { // no matter what keys are called
		t.Fatal(err)
	}
	if _, _, err := other.Get(t.Context(), "revision"); !errors.Is(err, services.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// TestRevisionsOutliveTheCounter has the counter vanish, as it may when a server throws keys away to get memory, or
// restores an old state.
func TestRevisionsOutliveTheCounter(t *testing.T) {
	s := startServer(t)
	store := open(t, s.url())
	old, err := store.Put(t.Context(), "k", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := client(t, s).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	anew, err := store.Put(t.Context(), "k", []byte("2"), 0)
	if err != nil || anew <= old {
		t.Errorf("revision %d after %d, %v", anew, old, err)
	}
}

// TestClockBehind has revisions be far ahead of the clock, as after the clock was put back.
func TestClockBehind(t *testing.T) {
	s := startServer(t)
	store := open(t, s.url())
	const ahead = 8_000_000_000_000_000 // microseconds: the year 2223
	if err := client(t, s).Set(t.Context(), "parley:revision", ahead, 0).Err(); err != nil {
		t.Fatal(err)
	}
	var rev uint64
	for want := uint64(ahead + 1); want < ahead+4; want++ {
		var err error
		if rev, err = store.Put(t.Context(), "k", nil, rev); err != nil || rev != want {
			t.Errorf("revision %d, %v, want %d", rev, err, want)
		}
	}
}

func TestTTL(t *testing.T) {
	s := startServer(t)
	passing, staying := open(t, s.url(), redis.WithTTL(200*time.Millisecond)), open(t, s.url())
	ctx := t.Context()
	rev, err := passing.Put(ctx, "gone", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	stays, err := passing.Put(ctx, "stays", []byte("x"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if stays, err = staying.Put(ctx, "stays", []byte("y"), stays); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		if _, _, err = passing.Get(ctx, "gone"); err != nil {
			break
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the value stays")
		}
	}
	if !errors.Is(err, services.ErrNotFound) {
		t.Fatal(err)
	}
	if anew, err := passing.Put(ctx, "gone", nil, 0); err != nil || anew <= rev {
		t.Errorf("revision %d after %d, %v", anew, rev, err)
	}
	if _, got, err := staying.Get(ctx, "stays"); err != nil || got != stays {
		t.Errorf("what was written without a TTL: revision %d, %v", got, err)
	}
	if left := client(t, s).PTTL(ctx, "parley:v:stays").Val(); left >= 0 {
		t.Errorf("what was written without a TTL vanishes in %v", left)
	}
}

func TestTooLarge(t *testing.T) {
	store := open(t, startServer(t).url())
	if _, err := store.Put(t.Context(), "k", make([]byte, 512<<20+1), 0); !errors.Is(err, redis.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}
