package text

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
)

// garbage is the recommended setting for bots that answer many texts, whose memory is small: to collect garbage less often. The
// environment of the benchmark goes before it.
const garbage = "GOGC=400"

// twoThreads is what Go itself chooses in a container that may use one core. With GOMAXPROCS=1 whatever comes back from the disk, or from a
// long call to the system, stands in line behind all that is ready to run. The environment goes before this, too.
const twoThreads = "GOMAXPROCS=2"

// rig is a bot in a process of its own, with Meta's side.
type rig struct {
	meta  *meta
	url   string // of the bot's process
	core  int    // the bot's; -1 if it has none of its own
	file  string // of the store; "" if it is in memory
	sent  atomic.Int64
	close func() error
}

// newRig starts a bot whose store is in a file, or in memory.
func newRig(ctx context.Context, inFile bool) (*rig, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	r := &rig{meta: newMeta()}
	if inFile {
		r.file = filepath.Join(dir, "store.db")
	}
	stop, err := r.start(ctx)
	r.close = func() error {
		r.meta.client.CloseIdleConnections()
		err := stop()
		r.meta.close()
		return errors.Join(err, r.meta.failed, os.RemoveAll(dir))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("text: the bot's process: %w", err), r.close())
	}
	return r, nil
}

// start starts the bot's process, which is this program once more. The function that it returns ends it.
func (r *rig) start(ctx context.Context) (stop func() error, err error) {
	stop = func() error { return nil }
	config, err := json.Marshal(botConfig{GraphURL: r.meta.server.URL, Token: token, Number: number, Secret: secret, Store: r.file})
	if err != nil {
		return stop, err
	}
	self, err := os.Executable()
	if err != nil {
		return stop, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(append([]string{garbage, twoThreads}, os.Environ()...), botVariable+"="+string(config))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return stop, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return stop, err
	}
	core, release, err := cores.Start(cmd)
	r.core = core
	if cmd.Process != nil {
		stop = func() error {
			defer release()
			_ = stdin.Close() // it ends then
			return cmd.Wait()
		}
	}
	if err != nil {
		return stop, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	r.url = strings.TrimSpace(line)
	r.meta.url = r.url + "/whatsapp/webhook"
	return stop, err
}

// usage asks the bot's process what it uses, after a collection of garbage if that is wanted.
func (r *rig) usage(ctx context.Context, collect bool) (u usage, err error) {
	address := r.url + "/usage"
	if collect {
		address += "?collect=1"
	}
	body, err := r.get(ctx, address)
	if err == nil {
		err = json.Unmarshal(body, &u)
	}
	if err != nil {
		err = fmt.Errorf("text: what the bot uses: %w", err)
	}
	return u, err
}

func (r *rig) get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := r.meta.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// write lets a user write a message with a new id.
func (r *rig) write(ctx context.Context, user int, due time.Time) (times, error) {
	return r.meta.write(ctx, userNumber(user), fmt.Sprintf("wamid.%032d", r.sent.Add(1)), due)
}
