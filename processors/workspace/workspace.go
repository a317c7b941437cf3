package workspace

import (
	"log/slog"
	"sync"
	"time"
)

// DefaultLimit is how many bytes the files may have together: about 16,000 tokens, which most models take and which
// still cost little.
const DefaultLimit = 64 << 10

// checkPeriod is how often the files are looked at for changes.
const checkPeriod = time.Second

// Workspace is a folder of Markdown files as a prompt. It is safe for concurrent use.
type Workspace struct {
	dir   string
	limit int
	log   *slog.Logger

	mu      sync.Mutex
	prompt  string
	stamp   string // tells whether the files have changed
	checked time.Time
	fault   string // that was told last
}

// Option configures a Workspace.
type Option func(*Workspace)

// WithLimit sets how many bytes the files may have together.
func WithLimit(bytes int) Option { return func(w *Workspace) { w.limit = bytes } }

// WithLogger sets where changes that cannot be read are told; the default is slog.Default.
func WithLogger(log *slog.Logger) Option { return func(w *Workspace) { w.log = log } }

// Open reads a folder: AGENTS.md first, then all other files whose names end with .md, in the order of their names.
// Capitals make no difference. Folders in it and files that begin with a dot are left out. It fails with ErrFolder,
// ErrEmpty, ErrTooLarge or ErrNotText.
func Open(dir string, opts ...Option) (*Workspace, error) {
	w := &Workspace{dir: dir, limit: DefaultLimit, log: slog.Default()}
	for _, o := range opts {
		o(w)
	}
	files, stamp, err := list(dir)
	if err != nil {
		return nil, err
	}
	if w.prompt, err = read(files, w.limit, dir); err != nil {
		return nil, err
	}
	w.stamp, w.checked = stamp, time.Now()
	return w, nil
}

// Prompt returns the text of all files. If they have changed, it is read anew, at most once a second; if that fails,
// the last good text remains and the log says so.
func (w *Workspace) Prompt() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); now.Sub(w.checked) >= checkPeriod {
		w.checked = now
		w.refresh()
	}
	return w.prompt
}

// refresh reads the files if they have changed.
func (w *Workspace) refresh() {
	files, stamp, err := list(w.dir)
	if err == nil && stamp == w.stamp {
		w.fault = ""
		return
	}
	var prompt string
	if err == nil {
		prompt, err = read(files, w.limit, w.dir)
	}
	if err != nil {
		if w.fault != err.Error() { // once, and not with every message
			w.fault = err.Error()
			w.log.Warn("the workspace has changed and cannot be read; its last text remains", "err", err)
		}
		return
	}
	w.prompt, w.stamp, w.fault = prompt, stamp, ""
	w.log.Info("the workspace was read anew", "folder", w.dir, "files", len(files), "bytes", len(prompt))
}
