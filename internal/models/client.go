package models

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// client is a package client of the machine, as found on the PATH.
type client struct {
	registry registry
	command  []string // program and first arguments, such as python3 -m pip
}

// findClient looks for a client of the registry.
func findClient(ctx context.Context, r registry) (client, error) {
	if r == npm {
		if path, err := exec.LookPath("npm"); err == nil {
			return client{r, []string{path}}, nil
		}
		return client{}, fmt.Errorf("%w: npm is needed to download a package; install it "+
			"(Debian, Ubuntu: apt-get install npm) and run `parley setup` again", ErrNoClient)
	}
	for _, name := range []string{"pip3", "pip"} {
		if path, err := exec.LookPath(name); err == nil {
			return client{r, []string{path}}, nil
		}
	}
	if path, err := exec.LookPath("python3"); err == nil {
		if exec.CommandContext(ctx, path, "-m", "pip", "--version").Run() == nil {
			return client{r, []string{path, "-m", "pip"}}, nil
		}
	}
	return client{}, fmt.Errorf("%w: pip is needed to download packages; install it "+
		"(Debian, Ubuntu: apt-get install python3-pip) and run `parley setup` again", ErrNoClient)
}

// args returns what the client is told to do. The wheel tags are pinned, so that the archive does not depend on
// the Python of the machine.
func (cl client) args(b *bundle, dir string) []string {
	if cl.registry == npm {
		return []string{"pack", b.spec(), "--loglevel=error"}
	}
	platform := b.platform
	if platform == "" {
		platform = "manylinux_2_28_x86_64"
	}
	return []string{"download", "--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off",
		"--python-version=3.11", "--implementation=cp", "--abi=cp311", "--platform=" + platform,
		"--dest", dir, b.spec()}
}

// download runs the client in dir, where it leaves the archive.
func (cl client) download(ctx context.Context, b *bundle, dir string) error {
	args := append(cl.command[1:len(cl.command):len(cl.command)], cl.args(b, dir)...)
	cmd := exec.CommandContext(ctx, cl.command[0], args...)
	cmd.Dir = dir
	// Temporary files go beside the archive: there is room, their size tells the progress, and none is left behind.
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"), "PIP_DISABLE_PIP_VERSION_CHECK=1",
		"npm_config_update_notifier=false")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ownGroup(cmd)
	cmd.WaitDelay = 5 * time.Second // for grandchildren that hold on to the output
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %v: %w; run `parley setup` again, what is complete is kept", ErrDownload, b, ctx.Err())
	}
	return fmt.Errorf("%w: %v: `%s %s` failed (%w)%s\nCheck the network and the configuration of %s, "+
		"then run `parley setup` again; what is complete is kept",
		ErrDownload, b, strings.Join(cl.command, " "), strings.Join(args[len(cl.command)-1:], " "), err,
		tail(out.String(), 8), filepath.Base(cl.command[0]))
}

// tail returns the last lines of a client's output, indented, each on a line of its own.
func tail(out string, lines int) string {
	out = strings.TrimSpace(out)
	if out == "" {
		return ""
	}
	list := strings.Split(out, "\n")
	list = list[max(0, len(list)-lines):]
	return ":\n    " + strings.Join(list, "\n    ")
}
