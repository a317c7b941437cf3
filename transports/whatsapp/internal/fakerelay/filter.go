package fakerelay

import "net"

func loopbackOnly(ip net.IP) bool { return ip.IsLoopback() }
