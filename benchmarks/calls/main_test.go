package calls

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	ServeIfChild() // the bot's process is this test once more
	goleak.VerifyTestMain(m)
}
