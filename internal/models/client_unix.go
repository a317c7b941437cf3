//go:build unix

package models

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a client and its children into a process group of their own, all of which is ended when the
// context of the command ends. npm is a script that starts others.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
