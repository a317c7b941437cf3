//go:build unix

package llama

import (
	"net"
	"syscall"
)

// setNonblock makes Accept obey its deadline: handing the socket to the process may have made it blocking.
func setNonblock(l *net.TCPListener) {
	if raw, err := l.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetNonblock(int(fd), true) })
	}
}
