package auto_test

import (
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services/llama"
)

func TestMain(m *testing.M) {
	llama.ServeIfChild() // the local model is this program once more
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}

// needs skips a test of the real engines on a machine without their files.
func needs(t *testing.T, sets ...models.Set) {
	t.Helper()
	missing, err := models.Missing(sets...)
	if errors.Is(err, models.ErrPlatform) || len(missing) > 0 {
		t.Skip("`parley setup` has not been run here")
	}
	if err != nil {
		t.Fatal(err)
	}
}
