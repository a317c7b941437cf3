package storetest

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/services"
)

// alikeKeys has keys that a store might take for one another, or for patterns.
func alikeKeys(t *testing.T, s services.Store) {
	keys := []string{
		"a", "A", "a ", " a", "a.", ".a", "a..b", "a.b", "a/b", "a//b", "/a", "a/", ".", "..", "*", ">", "a.>", "a.*", "$a", "{a}", "{a}b",
		"é", "e\u0301", "ﬁ", "fi", "\u200b", "👍", "👍🏽", "\xc3", "a\r\n", "a\n", "a%2Fb", "a=b", "YS9i", "whatsapp/123/+49 151",
	}
	revs := map[string]uint64{}
	for _, k := range keys {
		revs[k] = put(t, s, k, "of "+k, 0)
	}
	if err := s.Delete(t.Context(), "a.*"); err != nil {
		t.Error(err)
	}
	for _, k := range keys {
		if k != "a.*" {
			wantValue(t, s, k, "of "+k, revs[k])
		}
	}
	wantMissing(t, s, "a.*")
	wantMissing(t, s, "B")
}

// longKeys has keys that grow without bounds: a store takes one whole, or says that it cannot.
func longKeys(t *testing.T, s services.Store) {
	for _, n := range []int{2_000, 20_000, 40_000, 200_000} {
		key := strings.Repeat("k", n)
		rev, err := s.Put(t.Context(), key+"1", []byte("one"), 0)
		if err != nil {
			if _, _, err := s.Get(t.Context(), key+"1"); err == nil {
				t.Errorf("a key of %d bytes is refused, and there", n+1)
			}
			continue
		}
		other := put(t, s, key+"2", "two", 0)
		wantValue(t, s, key+"1", "one", rev)
		wantValue(t, s, key+"2", "two", other)
		wantMissing(t, s, key)
	}
	put(t, s, "short", "after all", 0)
}

// sizes has values of every size up to the limit.
func sizes(t *testing.T, s services.Store, most int) {
	var rev uint64
	for _, n := range []int{0, 1, 4095, 4096, 65_535, 65_536, 524_288, 1_000_000, 1 << 20} {
		if n > most {
			break
		}
		value := strings.Repeat("v", n)
		rev = put(t, s, "k", value, rev)
		wantValue(t, s, "k", value, rev)
	}
	rev, err := s.Put(t.Context(), "k", nil, rev)
	if err != nil {
		t.Fatal(err)
	}
	wantValue(t, s, "k", "", rev)
}
