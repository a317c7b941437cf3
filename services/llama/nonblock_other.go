//go:build !unix

package llama

import "net"

// setNonblock does nothing where no process is ever started.
func setNonblock(*net.TCPListener) {}
