package whatsapp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	// crashProcess is set in the environment of a process of the test that is a bot on a store in a file.
	crashProcess = "PARLEY_TEST_CRASH_GRAPH_URL"
	// crashKills and crashSeed change how often TestCrashes kills it, and when.
	crashKills = "PARLEY_CRASH_KILLS"
	crashSeed  = "PARLEY_CRASH_SEED"
)

// crashStore opens the store of that process: a file, or with a URL one that others use, too.
func crashStore(where string) (services.Store, error) {
	if strings.HasPrefix(where, "nats://") {
		return nats.Open(context.Background(), where)
	}
	return bolt.Open(where)
}

// runCrashBot is that process: it prints its webhook's address and serves until its input is closed, or it is killed.
func runCrashBot() int {
	store, err := crashStore(os.Getenv("PARLEY_TEST_STORE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	port, _ := strconv.ParseUint(os.Getenv("PARLEY_TEST_UDP_PORT"), 10, 16) // 0 without one
	cfg := whatsapp.Config{
		UDPPort: uint16(port), RecordDir: os.Getenv("PARLEY_TEST_RECORD_DIR"),
		AccessToken: os.Getenv("PARLEY_TEST_BOT_TOKEN"), PhoneNumberID: os.Getenv("PARLEY_TEST_BOT_NUMBER"),
		AppSecret: os.Getenv("PARLEY_TEST_BOT_SECRET"), VerifyToken: "v", APIBaseURL: os.Getenv(crashProcess),
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Mode:   whatsapp.Chat, Debounce: 5 * time.Millisecond,
		Journal: store, Conversations: conversation.NewBook(store), Node: os.Getenv("PARLEY_TEST_NODE"),
		// The emulator has no limits. With them a message that comes more than 5 s after a burst of 20, as on a busy
		// machine, would rightly wait for two minutes.
		PairPause: -1, Throughput: -1,
	}
	if os.Getenv("PARLEY_TEST_NO_JOURNAL") != "" {
		cfg.Journal = nil
	}
	if os.Getenv("PARLEY_TEST_TASK") != "" {
		cfg.Mode = whatsapp.Task
	}
	bot := whatsapp.New(cfg)
	bot.OnMessage(writes(echoModel()))
	bot.OnCall(beep)
	e := echo.New()
	bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	fmt.Println(server.URL + "/whatsapp/webhook")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	if err := bot.Shutdown(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server.Close()
	if err := store.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// mortal is a bot in a process of its own that can be killed, and started again.
type mortal struct {
	t     *testing.T
	meta  *whatsapptest.Emulator
	store string
	env   []string // of the process, besides what it needs
	url   string   // of its webhook

	cmd   *exec.Cmd
	alive bool
	stdin io.Closer
	wg    sync.WaitGroup

	mu       sync.Mutex
	log      []string
	reported []string // short ids of messages of which it is not known whether they were answered
}

func newMortal(t *testing.T, opts ...whatsapptest.Option) *mortal {
	t.Helper()
	meta, err := whatsapptest.New(opts...)
	must(t, err)
	m := &mortal{t: t, meta: meta, store: filepath.Join(t.TempDir(), "store.db")}
	t.Cleanup(func() {
		m.kill()
		must(t, meta.Close())
		if t.Failed() {
			t.Logf("the bot's last words:\n%s", strings.Join(m.log[max(0, len(m.log)-50):], "\n"))
		}
	})
	return m
}

// start starts the process and returns when it serves.
func (m *mortal) start() {
	m.t.Helper()
	m.cmd = exec.Command(os.Args[0])
	m.cmd.Env = append(os.Environ(), crashProcess+"="+m.meta.GraphURL(), "PARLEY_TEST_STORE="+m.store,
		"PARLEY_TEST_BOT_TOKEN="+m.meta.AccessToken(), "PARLEY_TEST_BOT_NUMBER="+m.meta.PhoneNumberID(),
		"PARLEY_TEST_BOT_SECRET="+m.meta.AppSecret())
	m.cmd.Env = append(m.cmd.Env, m.env...)
	stdin, err := m.cmd.StdinPipe()
	must(m.t, err)
	stdout, err := m.cmd.StdoutPipe()
	must(m.t, err)
	stderr, err := m.cmd.StderrPipe()
	must(m.t, err)
	m.stdin = stdin
	must(m.t, m.cmd.Start())
	url, err := bufio.NewReader(stdout).ReadString('\n')
	m.wg.Go(func() { m.listen(stderr) }) // ends with the process
	if err != nil {
		m.kill()
		m.t.Fatalf("the bot does not start: %v\n%s", err, strings.Join(m.log, "\n"))
	}
	m.alive = true
	m.mu.Lock()
	m.url = strings.TrimSpace(url)
	m.mu.Unlock()
	m.meta.SetWebhook(m.url)
}

// listen reads what the process logs.
func (m *mortal) listen(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var l struct{ Msg, Message string }
		_ = json.Unmarshal(lines.Bytes(), &l) // what is no log is kept all the same
		m.mu.Lock()
		m.log = append(m.log, lines.Text())
		if strings.Contains(l.Msg, "is not sent again") {
			m.reported = append(m.reported, strings.TrimPrefix(l.Message, "…"))
		}
		m.mu.Unlock()
	}
}

// kill ends the process as a crash does.
func (m *mortal) kill() {
	if m.cmd == nil {
		return
	}
	_ = m.cmd.Process.Kill()
	m.wg.Wait()
	_ = m.cmd.Wait()
	m.cmd, m.alive = nil, false
}

// stop ends the process as a user does.
func (m *mortal) stop() {
	m.t.Helper()
	_ = m.stdin.Close()
	m.wg.Wait()
	if err := m.cmd.Wait(); err != nil {
		m.t.Errorf("the bot ended with %v", err)
	}
	m.cmd, m.alive = nil, false
}

// isReported tells whether it was reported that a message may have been answered or not.
func (m *mortal) isReported(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, short := range m.reported {
		if strings.HasSuffix(id, short) {
			return true
		}
	}
	return false
}

// deliver sends a webhook again and again until the bot takes it, as Meta does.
func (m *mortal) deliver(ctx context.Context, w whatsapptest.Envelope) error {
	for {
		reply, err := m.meta.Post(ctx, w)
		if err == nil && reply.Status == 200 {
			return nil
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// until returns at a time.
func until(t time.Time) { <-time.After(time.Until(t)) }

// word is how the test's messages look.
var word = regexp.MustCompile(`\bm\d+\b`)

// A bot that is killed again and again while 1,000 messages come in answers each of them once. Only of those whose
// answer was being sent at a kill it may not be known, and these are reported.
func TestCrashes(t *testing.T) {
	const messages, people, senders = 1000, 40, 16
	kills := 10
	if s := os.Getenv(crashKills); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		must(t, err)
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(crashSeed); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		must(t, err)
	}
	t.Logf("%d kills; %s=%d repeats when", kills, crashSeed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := newMortal(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(kills)*2*time.Second)
	defer cancel()
	m.start()

	users := make([]whatsapptest.User, people)
	for i := range users {
		users[i] = whatsapptest.User{WaID: fmt.Sprintf("1555777%04d", i)}
	}
	ids, hooks := make([]string, messages), make([]whatsapptest.Envelope, messages)
	for i := range ids {
		ids[i], hooks[i] = m.meta.MessageWebhook(users[random.IntN(people)], "text",
			map[string]any{"text": map[string]any{"body": fmt.Sprintf("m%d", i)}})
	}
	// The messages come, and the kills happen, at moments that have nothing to do with each other.
	period := max(2*time.Second/time.Duration(kills), 60*time.Millisecond)
	queue := make(chan int, messages)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() { // ends when all messages were taken
			for i := range queue {
				if err := m.deliver(ctx, hooks[i]); err != nil {
					t.Errorf("message %d is not taken: %v", i, err)
				}
			}
		})
	}
	sent := 0
	for k := range kills {
		var moments []time.Duration
		for range (k+1)*messages/kills - sent {
			moments = append(moments, time.Duration(random.Int64N(int64(period))))
		}
		kill := time.Duration(random.Int64N(int64(period)))
		slices.Sort(moments)
		for began := time.Now(); len(moments) > 0 || m.alive; {
			if len(moments) > 0 && (moments[0] < kill || !m.alive) {
				until(began.Add(moments[0]))
				queue <- sent
				sent, moments = sent+1, moments[1:]
				continue
			}
			until(began.Add(kill))
			m.kill()
		}
		m.start()
	}
	close(queue)
	wg.Wait()

	answers := func() map[string]int {
		n := make(map[string]int)
		for _, u := range users {
			for _, msg := range m.meta.Messages(u) {
				for _, w := range word.FindAllString(msg.Text, -1) {
					n[w]++
				}
			}
		}
		return n
	}
	missing := func() (all []string) {
		n := answers()
		for i, id := range ids {
			if n[fmt.Sprintf("m%d", i)] == 0 && !m.isReported(id) {
				all = append(all, fmt.Sprintf("m%d", i))
			}
		}
		return all
	}
	for len(missing()) > 0 && ctx.Err() == nil {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	if lost := missing(); len(lost) > 0 {
		t.Errorf("%d messages were acknowledged and are neither answered nor reported: %v", len(lost), lost)
	}
	m.stop()
	m.start() // after a clean end nothing is left
	for i, w := range hooks {
		if i%50 == 0 {
			must(t, m.deliver(ctx, w)) // Meta repeats some
		}
	}
	m.stop()
	unsure := 0
	for i, id := range ids {
		n := answers()[fmt.Sprintf("m%d", i)]
		if n > 1 {
			t.Errorf("m%d is answered %d times", i, n)
		}
		if n == 0 && m.isReported(id) {
			unsure++
		}
	}
	t.Logf("%d messages, %d kills: %d are reported, %d of them were not sent", messages, kills, len(m.reported), unsure)
	if bound := kills * senders; unsure > bound {
		t.Errorf("%d messages were not answered; that many answers cannot have been under way", unsure)
	}
	for _, v := range m.meta.Violations() {
		t.Error(v)
	}
}

// A caller does not stay in a call whose bot was killed, nor is the phone left ringing.
func TestCallsEndAfterACrash(t *testing.T) {
	t.Parallel()
	m := newMortal(t)
	m.start()
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	call, err := m.meta.Call(ctx, ada)
	must(t, err)
	must(t, call.WaitAccepted(ctx))
	_, err = call.WaitSpeech(ctx, 0)
	must(t, err)
	m.meta.Inject(whatsapptest.Latency(time.Minute).On("calls", "pre_accept"))
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	ringing, err := m.meta.Call(ctx, bob)
	must(t, err)
	// What a later call leaves in the journal is behind what this one has.
	_, err = m.meta.SendText(ctx, ada, "are you there?")
	must(t, err)
	m.kill()
	m.start()
	for _, c := range []*whatsapptest.Call{call, ringing} {
		ending, err := c.WaitEnded(ctx)
		must(t, err)
		if ending.By != whatsapptest.ByBusiness {
			t.Errorf("the call ended by %s: %s", ending.By, ending.Reason)
		}
	}
	m.stop()
}
