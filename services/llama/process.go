package llama

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// What the process inherits, by number.
const (
	listenerFD = 3 // the listening socket
	statusFD   = 4 // where it reports, with one status, that it is ready or why not
)

// status is the process's one report.
type status struct {
	Ready bool   `json:"ready"`
	Model string `json:"model,omitempty"` // what was loaded
	CPU   string `json:"cpu,omitempty"`   // what the library uses of the processor
	Error string `json:"error,omitempty"`
}

// process is a running child. Its stdin is its life line: it ends when that is closed, be it by stop or by the death
// of this process.
type process struct {
	cmd    *exec.Cmd
	life   *os.File
	status *os.File
	log    *slog.Logger
	exited chan struct{} // closed when the process has ended and its output is read

	mu   sync.Mutex
	tail []string // the last lines that it printed
	err  error    // of Wait
}

// inherited are the only variables that the process gets: it needs none, and the environment holds secrets.
var inherited = []string{"LD_LIBRARY_PATH", "GODEBUG", "GOTRACEBACK", "GOCOVERDIR", "TMPDIR"}

func startProcess(cfg childConfig, ln *net.TCPListener, log *slog.Logger) (*process, error) {
	raw, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	var files []*os.File
	defer func() { // the process has its own copies, or will never be
		for _, f := range files {
			f.Close()
		}
	}()
	socket, err := ln.File()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	files = append(files, socket)
	var ends [3][2]*os.File // stdin, status, output: read and write end
	for i := range ends {
		if ends[i][0], ends[i][1], err = os.Pipe(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		files = append(files, ends[i][0], ends[i][1])
	}
	cmd := exec.Command(selfPath)
	cmd.Args = []string{"parley-llama"}
	cmd.Env = []string{childEnv + "=" + string(raw)}
	for _, name := range inherited {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = ends[0][0], ends[2][1], ends[2][1]
	cmd.ExtraFiles = []*os.File{socket, ends[1][1]}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	p := &process{cmd: cmd, life: ends[0][1], status: ends[1][0], log: log, exited: make(chan struct{})}
	output := ends[2][0]
	files = []*os.File{socket, ends[0][0], ends[1][1], ends[2][1]} // the process's ends
	go func() {                                                    // ends with the process
		defer close(p.exited)
		p.read(output)
		output.Close()
		err := cmd.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
	}()
	return p, nil
}

// maxTail is how many of the last lines are kept for the error of a crash.
const maxTail = 8

// read logs what the process prints until it ends.
func (p *process) read(output io.Reader) {
	r := bufio.NewReader(output)
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			p.log.Debug("llama: " + line)
			p.mu.Lock()
			if len(p.tail) < maxTail { // a crash tells its reason first and then all that led to it
				p.tail = append(p.tail, line)
			}
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// ready waits for the process's report.
func (p *process) ready(ctx context.Context) error {
	reports := make(chan status, 1)
	go func() { // ends with the report, or with the process, which ready ends if it is late
		var s status
		if err := json.NewDecoder(io.LimitReader(p.status, 64<<10)).Decode(&s); err != nil {
			s.Error = ""
		}
		p.status.Close()
		reports <- s
	}()
	var s status
	select {
	case s = <-reports:
	case <-ctx.Done():
		p.stop()
		<-reports
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("%w in time: loading the model took too long", ErrStart)
		}
		return fmt.Errorf("%w: %w", ErrStart, ctx.Err())
	}
	switch {
	case s.Ready:
		p.log.Debug("llama: ready", "model", s.Model, "cpu", s.CPU, "pid", p.cmd.Process.Pid)
		return nil
	case s.Error != "":
		return fmt.Errorf("%w: %s", ErrModel, s.Error)
	}
	<-p.exited
	return fmt.Errorf("%w: %s", ErrStart, p.why())
}

// patience is how long stop waits before it kills.
const patience = 2 * time.Second

// stop ends the process and waits for its end.
func (p *process) stop() {
	p.life.Close()
	select {
	case <-p.exited:
		return
	case <-time.After(patience):
	}
	_ = p.cmd.Process.Kill() // it may have ended at this moment
	<-p.exited
}

// why tells how the process ended and what it printed.
func (p *process) why() string {
	p.life.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	end := "it ended"
	if p.err != nil {
		end = p.err.Error()
	}
	if len(p.tail) > 0 {
		end += ": " + strings.Join(p.tail, " | ")
	}
	return end
}
