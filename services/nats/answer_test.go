package nats

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// unescape reads what escape wrote, to show that no two keys become one.
func unescape(name string) string {
	const hex = "0123456789ABCDEF"
	var key []byte
	for i := 0; i < len(name); i++ {
		if name[i] == '=' {
			key = append(key, byte(strings.IndexByte(hex, name[i+1])<<4|strings.IndexByte(hex, name[i+2])))
			i += 2
			continue
		}
		key = append(key, name[i])
	}
	return string(key)
}

func FuzzEscape(f *testing.F) {
	for _, key := range []string{"wa/49151", "a.b", ".", "=", "=41", "*", ">", "_kv", "ключ", "\x00\xff", "two words"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		name, err := escape(key)
		if err != nil {
			if key != "" && len(key) <= maxKey/3 {
				t.Errorf("%q: %v", key, err)
			}
			return
		}
		if strings.ContainsAny(name, ".*> \t\r\n\x00_") || name == "" || len(name) > maxKey {
			t.Errorf("%q became %q", key, name)
		}
		if back := unescape(name); back != key {
			t.Errorf("%q became %q, which is %q", key, name, back)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, a := range []string{
		`{"stream":"KV_parley","seq":7}`,
		`{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 3"}}`,
		`{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"subject":"$KV.parley.k","seq":3,"hdrs":"TkFUUy8xLjANClBhcmxleS1Xcml0ZTogWA0KDQo=","data":"eA=="}}`,
		`{"message":{"seq":3,"hdrs":"TkFUUy8xLjANClBhcmxleS1QYXJ0czogQUIgMiAyMDAwDQoNCg=="}}`,
		`{"message":{"seq":3,"hdrs":"AAAA"}}`, `{"message":{}}`, `{"success":true,"purged":1}`, `{}`, ``, `[]`, `null`,
	} {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseAnswer(data)
		var api *jetstream.APIError
		if err != nil {
			if !errors.Is(err, ErrAnswer) && !errors.As(err, &api) {
				t.Errorf("error %v", err)
			}
			return
		}
		if a.Message == nil {
			return
		}
		e, err := a.Message.parse()
		if err != nil && !errors.Is(err, ErrAnswer) || err == nil && (e.revision == 0 || e.parts != nil && (e.parts.count <= 0 || e.parts.bytes > maxValue)) {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestAnswer(t *testing.T) {
	a, err := parseAnswer([]byte(`{"message":{"seq":3,"hdrs":"TkFUUy8xLjANClBhcmxleS1Xcml0ZTogWA0KDQo=","data":"eA=="}}`))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := a.Message.parse(); err != nil || string(e.value) != "x" || e.revision != 3 || e.deleted {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := parseAnswer([]byte(`{"error":{"err_code":10071}}`)); !hasCode(err, codeStale) {
		t.Errorf("error %v", err)
	}
}
