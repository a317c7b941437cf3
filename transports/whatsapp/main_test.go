package whatsapp_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/transports/whatsapp"
)

func TestMain(m *testing.M) {
	whatsapp.ServeIfChild() // PDFs are read by this program once more
	if os.Getenv(botProcess) != "" {
		os.Exit(runBot())
	}
	if os.Getenv(crashProcess) != "" {
		os.Exit(runCrashBot())
	}
	goleak.VerifyTestMain(m)
}
