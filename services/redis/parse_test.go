package redis

import (
	"errors"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add("1", "x")
	f.Add("18446744073709551615", "")
	f.Add("18446744073709551616", "")
	f.Add("0", "x")
	f.Add("-1", "x")
	f.Add("1e5", "x")
	f.Add("", "\x00")
	f.Fuzz(func(t *testing.T, revision, value string) {
		got, n, err := parse([]any{revision, value})
		switch {
		case err != nil && !errors.Is(err, ErrForeign):
			t.Errorf("error %v", err)
		case err == nil && (n == 0 || string(got) != value):
			t.Errorf("%q at %d", got, n)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, a := range []string{
		"localhost", "127.0.0.1:6379", "redis://u:sEcReT@h:1/2", "rediss://:sEcReT@h", "unix://u:sEcReT@/run/redis.sock?db=1",
		"redis://u:sEcReT%zz@h", "redis://h/x", "redis://h?pool_size=x", "http://u:sEcReT@h", "redis://u:1/sEcReT@h/x", "", "://",
	} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		options, err := parseAddress(address)
		if err == nil && options.Addr == "" {
			t.Errorf("%q leads nowhere", address)
		}
		if err != nil && strings.Contains(address, "@") && strings.Contains(err.Error(), "sEcReT") {
			t.Errorf("the error shows the password: %v", err)
		}
	})
}
