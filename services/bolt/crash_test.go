package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
)

const (
	// crashProcess is set in the environment of a process of the test that changes a store until it is killed.
	crashProcess = "PARLEY_TEST_BOLT_STORE"
	crashFrom    = "PARLEY_TEST_BOLT_FROM" // the first change of each writer, with spaces
	// crashKills and crashSeed change how often TestKills kills it, and when.
	crashKills = "PARLEY_CRASH_KILLS"
	crashSeed  = "PARLEY_CRASH_SEED"

	crashWriters = 6 // each has keys of its own
	crashKeys    = 5
)

// crashChange is change n of a writer: the value that a key gets, or nil.
func crashChange(writer, n int) (key string, value []byte) {
	h := fnv.New64a()
	fmt.Fprint(h, writer, " ", n)
	random := rand.New(rand.NewPCG(h.Sum64(), 0))
	key = fmt.Sprintf("writer%d/%d", writer, random.IntN(crashKeys))
	if random.IntN(4) == 0 {
		return key, nil
	}
	value = make([]byte, random.IntN(5000))
	for i := range value {
		value[i] = byte(random.Uint32())
	}
	return key, append(value, fmt.Sprint(" change ", n)...)
}

// smallLogs are switched many times a second.
func smallLogs() bolt.Option { return bolt.WithLogs(200<<10, 20*time.Millisecond) }

// runCrashWriters is that process: it prints each change that it was told is made, and its revision.
func runCrashWriters(path string) int {
	for range 3 { // a process can also be killed while it opens a store, makes the logs, or closes it
		s, err := bolt.Open(path, smallLogs())
		if err == nil {
			err = errors.Join(s.Delete(context.Background(), "nothing"), s.Close())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	s, err := bolt.Open(path, smallLogs())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var wg sync.WaitGroup
	for w, from := range strings.Fields(os.Getenv(crashFrom)) {
		n, _ := strconv.Atoi(from)
		wg.Go(func() { // ends with the process
			if err := crashWrite(s, w, n); err != nil {
				fmt.Fprintln(os.Stderr, "writer", w, err)
				os.Exit(1)
			}
		})
	}
	wg.Wait()
	return 0
}

func crashWrite(s *bolt.Store, w, n int) error {
	ctx := context.Background()
	revisions := make(map[string]uint64)
	for k := range crashKeys {
		key := fmt.Sprintf("writer%d/%d", w, k)
		_, revision, err := s.Get(ctx, key)
		if err != nil && !errors.Is(err, services.ErrNotFound) {
			return err
		}
		revisions[key] = revision
	}
	for ; ; n++ {
		key, value := crashChange(w, n)
		if value == nil {
			if err := s.Delete(ctx, key); err != nil {
				return err
			}
			revisions[key] = 0
		} else {
			next, err := s.Put(ctx, key, value, revisions[key])
			if err != nil {
				return err
			}
			revisions[key] = next
		}
		if _, err := os.Stdout.WriteString(fmt.Sprintf("%d %d %s %d\n", w, n, key, revisions[key])); err != nil {
			return err
		}
	}
}

// A process that changes a store and is killed, again and again, leaves every change that it was told is made; and of
// the one that each writer was waiting for, all or nothing. No revision comes twice.
func TestKills(t *testing.T) {
	kills := 10
	if s := os.Getenv(crashKills); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(crashSeed); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills; %s=%d repeats when", kills, crashSeed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "store.db")
	held := make(map[string][]byte)    // what each key holds; nil for one that is gone
	made := make([]int, crashWriters)  // changes of each writer
	revisions := make(map[uint64]bool) // that were ever given
	last := make(map[string]uint64)    // revision of each key; 0 for a key that is gone
	for range kills {
		told := runAndKill(t, path, made, time.Duration(random.Int64N(int64(300*time.Millisecond))))
		for line := range strings.Lines(told) {
			var w, n int
			var key string
			var revision uint64
			if !strings.HasSuffix(line, "\n") {
				continue // the last line
			}
			if _, err := fmt.Sscan(line, &w, &n, &key, &revision); err != nil {
				t.Fatalf("the process said %q: %v", line, err)
			}
			if n != made[w] {
				t.Fatalf("writer %d made change %d, not %d", w, n, made[w])
			}
			if revision > 0 && (revisions[revision] || revision <= last[key]) {
				t.Fatalf("%s got revision %d again, or after %d", key, revision, last[key])
			}
			_, held[key] = crashChange(w, n)
			made[w]++
			revisions[revision], last[key] = true, revision
		}
		checkKilled(t, path, held, made, revisions, last)
	}
	total := 0
	for _, n := range made {
		total += n
	}
	t.Logf("%d changes", total)
}

// runAndKill starts the process, kills it after a time, and returns what it has printed.
func runAndKill(t *testing.T, path string, from []int, after time.Duration) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashProcess+"="+path, crashFrom+"="+strings.Trim(fmt.Sprint(from), "[]"))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	told, err := io.ReadAll(bufio.NewReader(stdout))
	if err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if stderr.Len() > 0 {
		t.Fatalf("the process: %s", stderr.String())
	}
	return string(told)
}

// checkKilled opens what a killed process has left, and counts the change that was not told if it is there.
func checkKilled(t *testing.T, path string, held map[string][]byte, made []int, revisions map[uint64]bool, last map[string]uint64) {
	t.Helper()
	s, err := bolt.Open(path, smallLogs())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for w := range made {
		next, value := crashChange(w, made[w])
		for k := range crashKeys {
			key := fmt.Sprintf("writer%d/%d", w, k)
			want := held[key]
			got, revision, err := s.Get(t.Context(), key)
			if err != nil && !errors.Is(err, services.ErrNotFound) {
				t.Fatal(err)
			}
			same := bytes.Equal(got, want) && (got == nil) == (want == nil)
			switch {
			case same && (key != next || revision == last[key]):
				if revision != last[key] {
					t.Errorf("%s has revision %d, want %d", key, revision, last[key])
				}
			case key == next && bytes.Equal(got, value) && (got == nil) == (value == nil):
				if revision > 0 && revisions[revision] {
					t.Errorf("%s got revision %d again", key, revision)
				}
				made[w]++
				held[key], revisions[revision], last[key] = value, true, revision
			default:
				t.Fatalf("after %d changes of writer %d, %s has %d bytes at %d, want %d at %d", made[w], w, key, len(got), revision,
					len(want), last[key])
			}
		}
	}
}
