package doctext

import "syscall"

// selfPath is this program, even if its file was replaced since it was started.
func selfPath() (string, error) { return "/proc/self/exe", nil }

// childNice is how far the process stands back when processors are scarce: calls come first.
const childNice = 5

// confine bounds what this process may take. If that is refused, the time is bounded all the same.
func confine() {
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: childMemory, Max: childMemory})
	seconds := uint64(childWork.Seconds())
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, childNice)
}
