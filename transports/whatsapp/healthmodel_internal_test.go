package whatsapp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

type summarised struct{}

func (summarised) Error() string   { return "all of it, with the server's words" }
func (summarised) Summary() string { return "a part of it" }

// What health shows of an error holds no secret.
func TestReasonsWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("the model took\n too long"), "the model took too long"},
		{fmt.Errorf("ask: %w", summarised{}), "a part of it"},
		{errors.New("gpt-4o-mini answered HTTP 503 in 12.5 s"), "gpt-4o-mini answered HTTP 503 in 12.5 s"},
		{errors.New("wrong key sk-proj-Ab3dEf6hIj9kLmN0pQrS"), "wrong key [...]"},
		{errors.New(`Post "https://user:secret@example.com/v1?key=abc": EOF`), `Post "[address]": EOF`},
		{errors.New("no user +15559990000"), "no user [...]"},
		{errors.New(strings.Repeat("ä", 300)), strings.Repeat("ä", 200) + "…"},
	} {
		if got := reasonOf(tt.err); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.err, got, tt.want)
		}
	}
}
