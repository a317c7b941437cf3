package cores

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Start starts a program on one core, and keeps this process off that core as long as the program runs. Of a
// machine with a single core both get that. It returns the core, and what gives it back.
func Start(cmd *exec.Cmd) (core int, release func(), err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil || all.Count() < 2 {
		return -1, func() {}, cmd.Start()
	}
	for core = 0; !all.IsSet(core); core++ {
	}
	var its, ours unix.CPUSet
	its.Set(core)
	ours = all
	ours.Clear(core)
	// A process inherits the cores of the thread that starts it, so that thread goes there for a moment.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, &its); err != nil {
		return -1, func() {}, cmd.Start()
	}
	err = cmd.Start()
	if back := unix.SchedSetaffinity(0, &ours); err == nil {
		err = back
	}
	confine(&ours)
	return core, func() { confine(&all) }, err
}

// confine keeps every thread of this process to some cores. New ones inherit that.
func confine(to *unix.CPUSet) {
	entries, _ := os.ReadDir("/proc/self/task")
	for _, e := range entries {
		if id, err := strconv.Atoi(e.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, to) // a thread may have ended meanwhile
		}
	}
}

// Busy is how long a core has worked since the machine was started.
func Busy(core int) time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil || core < 0 {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 8 || f[0] != fmt.Sprintf("cpu%d", core) {
			continue
		}
		var ticks int64
		for _, i := range []int{1, 2, 3, 6, 7} { // user, nice, system, irq, softirq
			n, _ := strconv.ParseInt(f[i], 10, 64)
			ticks += n
		}
		return time.Duration(ticks) * 10 * time.Millisecond
	}
	return 0
}
