package ffmpeg

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// What the process may take.
const (
	maxMemory  = 512 << 20 // bytes
	maxWork    = 15        // seconds of a processor
	maxCache   = 128 << 20 // bytes of its temporary file
	politeness = 5         // calls come first when processors are scarce
)

// group lets the process be killed with all that it may have started.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// confine bounds what a process may take. If that is refused, its time is bounded all the same.
func confine(pid int) {
	for resource, most := range map[int]uint64{unix.RLIMIT_DATA: maxMemory, unix.RLIMIT_CPU: maxWork, unix.RLIMIT_FSIZE: maxCache, unix.RLIMIT_CORE: 0} {
		_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
	}
	_ = unix.Setpriority(unix.PRIO_PROCESS, pid, politeness)
}
