package whatsapp_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp"
)

func TestServeSaysWhatKeepsItFromServing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	for name, tt := range map[string]struct {
		change  func(*whatsapp.Config)
		address string
		says    string
	}{
		"no settings": {func(c *whatsapp.Config) { c.AccessToken = "" }, "127.0.0.1:0", "access token"},
		"taken":       {nil, taken.Addr().String(), taken.Addr().String()},
		"no address":  {nil, "here", `"here"`},
	} {
		r := newRig(t, tt.change)
		if err := r.bot.Serve(t.Context(), tt.address); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the program ends"))
	if err := r.bot.Serve(ctx, "127.0.0.1:0"); err != nil {
		t.Error(err)
	}
}
