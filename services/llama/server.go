package llama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/internal/models"
)

// Server is a model that runs in a process of its own. Its methods are safe for concurrent use.
type Server struct {
	cfg   childConfig
	log   *slog.Logger
	limit time.Duration // of a start

	listener *net.TCPListener
	closing  context.Context
	close    context.CancelFunc
	done     chan struct{} // closed when supervise has ended

	mu  sync.Mutex
	pid int
}

// Start loads a model and returns when it is ready for requests. ctx bounds the start only; Close ends the server.
// It fails with ErrPlatform, ErrNotHosted, ErrModel, ErrStart, or an error of the models' files that says to run
// `parley setup`.
func Start(ctx context.Context, opts ...Option) (*Server, error) {
	c := config{slots: 4, slotTokens: 2048, queue: 16, startTimeout: time.Minute, log: slog.Default()}
	for _, o := range opts {
		o(&c)
	}
	switch {
	case !supported:
		return nil, ErrPlatform
	case !hosted.Load():
		return nil, ErrNotHosted
	}
	child, err := c.child()
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("%w: no loopback port: %w", ErrStart, err)
	}
	s := &Server{cfg: child, log: c.log, limit: c.startTimeout, listener: ln.(*net.TCPListener), done: make(chan struct{})}
	s.closing, s.close = context.WithCancel(context.Background())
	p, err := s.launch(ctx)
	if err != nil {
		ln.Close()
		return nil, err
	}
	go s.supervise(p) // ends after Close, which waits for it
	return s, nil
}

// BaseURL is where the server speaks chat completions. It stays the same when the process is started anew.
func (s *Server) BaseURL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// Model is the name of the model: that of its file without the ending.
func (s *Server) Model() string { return s.cfg.Name }

// PID is the number of the process, or 0 while there is none.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Close ends the process and waits for it. Requests that run fail. Closing twice is no error.
func (s *Server) Close() error {
	s.close()
	<-s.done
	return nil
}

// child completes the options with what the machine has.
func (c *config) child() (childConfig, error) {
	out := childConfig{
		Threads: c.threads, Slots: c.slots, SlotTokens: c.slotTokens, Queue: c.queue,
		Library: models.LlamaLibrary, Backends: models.GGMLLibrary, Model: c.model,
	}
	var err error
	if out.Folder, err = models.Folder(models.Llama); err != nil { // checks the hash of each library
		return out, fmt.Errorf("llama: %w", err)
	}
	sampling, prompt := DefaultSampling(), ""
	if c.model == "" {
		if out.Model, err = models.File(models.SmolLM2, models.SmolLM2Model); err != nil {
			return out, fmt.Errorf("llama: %w", err)
		}
		sampling, prompt, out.Examples = DemoSampling(), DemoPrompt, DemoExamples()
	} else if err := checkGGUF(c.model); err != nil {
		return out, err
	}
	if out.Threads == 0 && c.model == "" {
		out.Threads = 1
	} else if out.Threads == 0 {
		out.Threads = min(max(runtime.NumCPU()/2, 1), 8)
	}
	if c.sampling != nil {
		sampling = *c.sampling
	}
	if sampling.MaxTokens <= 0 {
		sampling.MaxTokens = out.SlotTokens
	}
	if sampling.RepeatPenalty <= 0 {
		sampling.RepeatPenalty = 1
	}
	if c.prompt != nil {
		prompt = *c.prompt
	}
	if c.ownExamples {
		out.Examples = c.examples
	}
	out.Sampling, out.Prompt = sampling, prompt
	out.Name = strings.TrimSuffix(filepath.Base(out.Model), filepath.Ext(out.Model))
	return out, nil
}

// checkGGUF finds the usual mistakes before a process is started for them.
func checkGGUF(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && string(magic) != "GGUF" {
		return fmt.Errorf("%w: %s is not in GGUF format", ErrModel, path)
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	return nil
}
