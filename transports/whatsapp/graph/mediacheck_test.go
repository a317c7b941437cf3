package graph_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

func TestCheckSum(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("a file"))
	for _, tt := range []struct {
		name, sum string
		want      error
	}{
		{"base64", base64.StdEncoding.EncodeToString(sum[:]), nil},
		{"hexadecimal", hex.EncodeToString(sum[:]), nil},
		{"none", "", nil},
		{"no sum at all", "b64=", nil},
		{"another file's, in base64", base64.StdEncoding.EncodeToString(make([]byte, 32)), graph.ErrDamaged},
		{"another file's, in hexadecimal", hex.EncodeToString(make([]byte, 32)), graph.ErrDamaged},
	} {
		if err := graph.CheckSum([]byte("a file"), tt.sum); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestDownloadMediaTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	lookUp := func(members string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"url":"http://%s/file"%s}`, r.Host, members)
		}
	}
	gone := answer(http.StatusNotFound, "URL signature expired")
	for _, tt := range []struct {
		name    string
		answers []http.HandlerFunc
		asked   int
		want    error
	}{
		{"the address has expired", []http.HandlerFunc{lookUp(""), gone, lookUp(""), answer(200, "bytes")}, 4, nil},
		{"it has expired again", []http.HandlerFunc{lookUp(""), gone, lookUp(""), gone}, 4, &graph.Error{}},
		{"too large, as told", []http.HandlerFunc{lookUp(`,"file_size":"101"`), answer(200, "bytes")}, 1, graph.ErrTooLarge},
		{"too large, and not told", []http.HandlerFunc{lookUp(""), answer(200, string(make([]byte, 101)))}, 2, graph.ErrTooLarge},
		{"damaged", []http.HandlerFunc{lookUp(`,"sha256":"` + hex.EncodeToString(make([]byte, 32)) + `"`), answer(200, "bytes")}, 2, graph.ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, seen := server(t, tt.answers...)
			data, _, err := c.DownloadMedia(t.Context(), "12", 100)
			var refused *graph.Error
			switch {
			case tt.want == nil:
				if err != nil || string(data) != "bytes" {
					t.Errorf("%q, %v", data, err)
				}
			case errors.As(tt.want, &refused):
				if !errors.As(err, &refused) || refused.HTTPStatus != http.StatusNotFound {
					t.Errorf("%v, want a refusal", err)
				}
			case !errors.Is(err, tt.want):
				t.Errorf("%v, want %v", err, tt.want)
			}
			if n := len(seen()); n != tt.asked {
				t.Errorf("asked %d times, want %d", n, tt.asked)
			}
		})
	}
}
