package llama_test

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
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services/llama"
)

// asParent makes this binary start a server, tell of it and wait to be killed.
const asParent = "PARLEY_TEST_LLAMA_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) == "not hosted" {
		_, err := llama.Start(context.Background())
		fmt.Println(errors.Is(err, llama.ErrNotHosted))
		os.Exit(0)
	}
	llama.ServeIfChild()
	if os.Getenv(asParent) != "" {
		s, err := llama.Start(context.Background())
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.PID())
		select {}
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

func needModel(t *testing.T) {
	t.Helper()
	missing, err := models.Missing(models.Llama, models.SmolLM2)
	if errors.Is(err, models.ErrPlatform) || len(missing) > 0 {
		t.Skip("`parley setup` has not been run here")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, opts ...llama.Option) *llama.Server {
	t.Helper()
	needModel(t)
	s, err := llama.Start(limited(t), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// answer is what comes back of a request.
type answer struct {
	status int
	text   string
	err    string
}

// client keeps no connections: each request finds the process that is there.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func ask(t *testing.T, s *llama.Server, question string) (answer, error) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"seed": 1, "messages": []map[string]string{
		{"role": "system", "content": llama.DemoPrompt}, {"role": "user", "content": question}}})
	req, err := http.NewRequestWithContext(limited(t), http.MethodPost, s.BaseURL()+"/chat/completions", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	var got struct {
		Choices []struct{ Message struct{ Content string } }
		Error   struct{ Message string }
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return answer{}, err
	}
	a := answer{status: res.StatusCode, err: got.Error.Message}
	if len(got.Choices) > 0 {
		a.text = got.Choices[0].Message.Content
	}
	return a, nil
}

func TestAnswers(t *testing.T) {
	s := start(t)
	if s.Model() != "SmolLM2-135M-Instruct.Q4_1" || s.PID() == 0 {
		t.Errorf("model %q, process %d", s.Model(), s.PID())
	}
	for question, word := range map[string]string{"What is the capital of France?": "Paris", "What is two plus two?": "four"} {
		a, err := ask(t, s, question)
		if err != nil || a.status != 200 || !strings.Contains(a.text, word) {
			t.Errorf("%q: %+v, %v", question, a, err)
		}
	}
}

func TestSeveralConversationsAtOnce(t *testing.T) {
	s := start(t, llama.WithSlots(2, 512))
	var wg sync.WaitGroup
	for i, want := range []string{"Paris", "Rome", "Madrid", "Berlin"} {
		country := []string{"France", "Italy", "Spain", "Germany"}[i]
		wg.Go(func() { // ends with its answer
			a, err := ask(t, s, "What is the capital of "+country+"?")
			if err != nil || !strings.Contains(a.text, want) {
				t.Errorf("%s: %+v, %v", country, a, err)
			}
		})
	}
	wg.Wait()
}

func TestCrashedProcessIsStartedAgain(t *testing.T) {
	s := start(t)
	url, pids := s.BaseURL(), map[int]bool{}
	refused := false
	for range 3 { // at once, after a pause, after a longer one
		pid := waitPID(t, s, pids)
		pids[pid] = true
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for { // what comes meanwhile waits, or is refused in words
			a, err := ask(t, s, "What is the capital of France?")
			if err == nil && a.status == 200 {
				if !strings.Contains(a.text, "Paris") {
					t.Errorf("it says %q", a.text)
				}
				break
			}
			if err == nil && a.status == http.StatusServiceUnavailable {
				refused = true
				if !strings.Contains(a.err, "started again") {
					t.Errorf("refused with %q", a.err)
				}
			}
		}
	}
	if !refused {
		t.Error("no request was refused in a pause")
	}
	if s.BaseURL() != url {
		t.Errorf("the address changed from %s to %s", url, s.BaseURL())
	}
}

// waitPID waits for a process that is not among the old ones.
func waitPID(t *testing.T, s *llama.Server, old map[int]bool) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(time.Millisecond) {
		if pid := s.PID(); pid != 0 && !old[pid] {
			return pid
		}
	}
	t.Fatal("no new process")
	return 0
}

func TestCloseEndsTheProcess(t *testing.T) {
	s := start(t)
	pid := s.PID()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if _, err := ask(t, s, "Hello?"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a request after Close: %v", err)
	}
}

func TestProcessEndsWithItsParent(t *testing.T) {
	needModel(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(limited(t), exe)
	cmd.Env = append(os.Environ(), asParent+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent says %q", line)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for end := time.Now().Add(10 * time.Second); !gone(pid); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d outlived its parent", pid)
		}
	}
}

// gone says whether a process has ended; one that nobody has waited for counts as ended.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestMainMustServe(t *testing.T) {
	needModel(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(limited(t), exe)
	cmd.Env = append(os.Environ(), asParent+"=not hosted")
	if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "true" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestStartErrors(t *testing.T) {
	needModel(t)
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := models.File(models.SmolLM2, models.SmolLM2Model)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(good)
	if err != nil {
		t.Fatal(err)
	}
	head, err := io.ReadAll(io.LimitReader(f, 3<<20))
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	tests := map[string]struct {
		ctx  context.Context
		opt  llama.Option
		kind error
		says string
	}{
		"no file":    {nil, llama.WithModel(filepath.Join(dir, "none.gguf")), llama.ErrModel, "none.gguf"},
		"text":       {nil, llama.WithModel(file("text.gguf", []byte("Dear diary"))), llama.ErrModel, "not in GGUF format"},
		"empty":      {nil, llama.WithModel(file("empty.gguf", nil)), llama.ErrModel, "not in GGUF format"},
		"folder":     {nil, llama.WithModel(dir), llama.ErrModel, "directory"},
		"magic only": {nil, llama.WithModel(file("magic.gguf", []byte("GGUF\x03\x00\x00\x00"))), llama.ErrModel, "libllama"},
		"cut off":    {nil, llama.WithModel(file("cut.gguf", head)), llama.ErrModel, "libllama"},
		"too late":   {nil, llama.WithStartTimeout(time.Millisecond), llama.ErrStart, "in time"},
		"cancelled":  {ended, llama.WithThreads(1), context.Canceled, "cancel"},
	}
	for name, tt := range tests {
		ctx := tt.ctx
		if ctx == nil {
			ctx = limited(t)
		}
		s, err := llama.Start(ctx, tt.opt)
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestMissingFilesSayWhatToDo(t *testing.T) {
	needModel(t)
	t.Setenv(models.EnvDir, t.TempDir())
	if _, err := llama.Start(limited(t)); !errors.Is(err, models.ErrMissing) || !strings.Contains(err.Error(), "parley setup") {
		t.Errorf("error %v", err)
	}
}

func TestChangedLibraryIsNotLoaded(t *testing.T) {
	needModel(t)
	folder, err := models.Folder(models.Llama)
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	copied := filepath.Join(cache, filepath.Base(folder))
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	t.Setenv(models.EnvDir, cache)
	lib, err := os.OpenFile(filepath.Join(copied, models.LlamaLibrary), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.WriteAt([]byte("x"), 5000); err != nil {
		t.Fatal(err)
	}
	lib.Close()
	if _, err := llama.Start(limited(t)); !errors.Is(err, models.ErrCorrupt) || !strings.Contains(err.Error(), "parley setup") {
		t.Errorf("error %v", err)
	}
}

func Example() {
	// In main, after llama.ServeIfChild():
	server, err := llama.Start(context.Background())
	if err != nil {
		fmt.Println(err) // such as: run `parley setup`
		return
	}
	defer server.Close()
	fmt.Println("chat completions at", server.BaseURL())
}
