package redis

import (
	"context"
	"fmt"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"
)

// clientLog passes on what the client library reports. All that matters of it comes back as an error, too.
type clientLog struct{}

// Printf is called by the library.
func (clientLog) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "redis client", "report", fmt.Sprintf(format, args...))
}

// quiet keeps the client library from writing to the standard error by itself; its logger is one for the whole process.
func quiet() { goredis.SetLogger(clientLog{}) }
