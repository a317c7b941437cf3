//go:build !linux

package ffmpeg

import "os/exec"

// group leaves the process as it is: the program starts no others.
func group(*exec.Cmd) {}

// confine leaves the process its bound in time.
func confine(int) {}
