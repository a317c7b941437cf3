package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	botReady = 90 * time.Second // loading models from a slow disk takes the longest
	botStop  = 10 * time.Second
)

// bot is the bot's process.
type bot struct {
	addr   string
	cmd    *exec.Cmd
	diary  *diary
	log    *tail
	exited chan struct{} // closed when the process is gone
	wg     sync.WaitGroup
}

// startBot starts the bot with its Graph base URL pointing at the emulator, and reads its events. see is called
// for each event.
func startBot(path string, env []string, e *whatsapptest.Emulator, see func(botEvent)) (*bot, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%w cannot be given a pipe for its events: %w", ErrBot, err)
	}
	b := &bot{addr: addr, diary: newDiary(), log: &tail{}, exited: make(chan struct{})}
	b.cmd = exec.Command(path, "--parley-events", "/dev/fd/3")
	b.cmd.ExtraFiles = []*os.File{theirs}
	b.cmd.Stdout, b.cmd.Stderr = b.log, b.log
	b.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "WHATSAPP_") }),
		"WHATSAPP_VERIFY_TOKEN="+e.VerifyToken(),
		"WHATSAPP_ACCESS_TOKEN="+e.AccessToken(),
		"WHATSAPP_PHONE_NUMBER_ID="+e.PhoneNumberID(),
		"WHATSAPP_APP_SECRET="+e.AppSecret(),
		"WHATSAPP_API_BASE_URL="+e.GraphURL(),
		"LISTEN_ADDR="+addr,
		"PARLEY_STORE=memory",
	)
	b.cmd.Env = append(b.cmd.Env, env...)
	// A group of its own, so that what the bot starts ends with it, and Ctrl-C reaches it through us.
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := b.cmd.Start(); err != nil {
		_, _ = ours.Close(), theirs.Close()
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w is not there: %s; \"make build\" makes it", ErrBot, path)
		}
		return nil, fmt.Errorf("%w cannot be started: %w", ErrBot, err)
	}
	_ = theirs.Close()
	b.wg.Go(func() { // ends when the bot, and what it started, closed the pipe
		b.diary.read(ours, see)
		_ = ours.Close()
	})
	b.wg.Go(func() { // ends with the process
		_ = b.cmd.Wait()
		close(b.exited)
	})
	return b, nil
}

// webhook is the bot's webhook URL.
func (b *bot) webhook() string { return "http://" + b.addr + "/whatsapp/webhook" }

// waitReady waits until the bot's health page answers 200.
func (b *bot) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, botReady)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	last := "nobody listens on " + b.addr
	for {
		status, err := health(ctx, client, "http://"+b.addr+"/whatsapp/health")
		if err == nil && status == http.StatusOK {
			return nil
		}
		if err == nil {
			last = fmt.Sprintf("its health page answers %d", status)
		}
		select {
		case <-ticker.C:
		case <-b.exited:
			return fmt.Errorf("%w ended before it was ready, see its log", ErrBot)
		case <-ctx.Done():
			return fmt.Errorf("%w is not ready (%s): %w", ErrBot, last, ctx.Err())
		}
	}
}

// health asks for the health page once.
func health(ctx context.Context, client *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	return response.StatusCode, nil
}

// stop asks the bot to end, then makes it, and waits for it.
func (b *bot) stop() {
	group := -b.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	timer := time.NewTimer(botStop)
	defer timer.Stop()
	select {
	case <-b.exited:
	case <-timer.C:
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // whatever is left of the group
	b.wg.Wait()
}

// freeAddr finds a loopback port that nobody uses.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("there is no free port for the bot: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// tail keeps the last lines of what the bot prints, for when it fails.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 4 << 10

// Write keeps the end.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - maxTail; extra > 0 {
		t.text = slices.Delete(t.text, 0, extra)
	}
	return len(p), nil
}

// lines are the lines that are kept.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.text), ""))
	if text == "" {
		return []string{"(it printed nothing)"}
	}
	return strings.Split(text, "\n")
}
