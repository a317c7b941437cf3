package whatsapp_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(botProcess) != "" {
		os.Exit(runBot())
	}
	if os.Getenv(crashProcess) != "" {
		os.Exit(runCrashBot())
	}
	goleak.VerifyTestMain(m)
}
