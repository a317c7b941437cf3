package doctext

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// readPDF reads a PDF in a second process of this program, which may take only so much memory and time: the format lets
// a small file ask for any amount of both, and nothing less than a process can be stopped for certain.
func readPDF(ctx context.Context, data []byte, out *writer) error {
	if !hosted.Load() {
		return fmt.Errorf("%w: PDF, since main does not call ServeIfChild", ErrUnknown)
	}
	self, err := selfPath()
	if err != nil {
		return fmt.Errorf("doctext: this program's own file is not known: %w", err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = []string{os.Args[0]}
	cmd.Env = childEnviron(out.left)
	cmd.Stdin = bytes.NewReader(data)
	cmd.WaitDelay = time.Second
	var answer bytes.Buffer
	cmd.Stdout = &answer
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrTooMuch, err)
	}
	var r childResult
	if err := json.Unmarshal(answer.Bytes(), &r); err != nil {
		return fmt.Errorf("%w: the process that reads it did not answer: %w", ErrDamaged, err)
	}
	if err := out.add(r.Text); err != nil {
		return err
	}
	return r.err()
}

// childEnviron is all that the process gets to know: no secret of this one.
func childEnviron(limit int) []string {
	env := []string{childEnv + "=" + strconv.Itoa(limit), "GOMAXPROCS=1", "GOTRACEBACK=none"}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "LD_LIBRARY_PATH=") || strings.HasPrefix(v, "DYLD_") || strings.HasPrefix(v, "SystemRoot=") || strings.HasPrefix(v, "GORACE=") {
			env = append(env, v)
		}
	}
	return env
}
