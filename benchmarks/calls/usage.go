package calls

import (
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// usage is what the bot's process tells of itself.
type usage struct {
	Goroutines int
	Files      int   // open file descriptors; 0 where the system does not tell
	Ports      int   // UDP ports among them
	Heap       int64 // bytes in use, after a collection
	Resident   int64 // bytes of memory; 0 where the system does not tell
	Calls      int   // that the bot knows
	Turns      int64 // that the bot answered, since the last reset
	Reception  rtpaudio.Stats
	CPU        time.Duration
}

// usage answers what the process uses. With ?collect=1 garbage is collected first.
func (p *botProcess) usage(c echo.Context) error {
	var u usage
	if c.QueryParam("collect") != "" {
		debug.FreeOSMemory() // collects, too
		runtime.GC()         // what finalizers let go
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.Heap, u.Goroutines, u.CPU = int64(m.HeapAlloc), runtime.NumGoroutine(), cores.Used()
	u.Calls, u.Turns, u.Reception = len(p.bot.Calls()), p.turns.Load(), p.reception()
	u.Files, u.Ports = openFiles()
	u.Resident = residentBytes()
	return c.JSON(http.StatusOK, u)
}

// reset forgets the calls and turns so far.
func (p *botProcess) reset(c echo.Context) error {
	p.mu.Lock()
	p.calls = nil
	p.mu.Unlock()
	p.turns.Store(0)
	return c.NoContent(http.StatusNoContent)
}

// openFiles counts the open files and the UDP ports among them, where there is /proc.
func openFiles() (files, ports int) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0, 0
	}
	udp := map[string]bool{} // inodes
	for _, table := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		text, _ := os.ReadFile(table) // absent without IPv6
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 {
				udp["socket:["+f[9]+"]"] = true
			}
		}
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil {
			continue // the directory's own
		}
		files++
		if udp[target] {
			ports++
		}
	}
	return files, ports
}

// residentBytes is the process's memory, where there is /proc.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
