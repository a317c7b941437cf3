package whatsapp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// health asks the process how it is.
func (m *mortal) health() (h whatsapp.Health) {
	m.t.Helper()
	resp, err := http.Get(strings.TrimSuffix(m.url, "/webhook") + "/health")
	must(m.t, err)
	defer resp.Body.Close()
	must(m.t, json.NewDecoder(resp.Body).Decode(&h))
	return h
}

// A bot that is killed while people talk to it leaves nothing behind: started again it has no calls and its port, takes new
// calls of the same people, is not disturbed by what is still told of the old ones, and the recordings can be heard.
func TestKilledBotLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, journal := range map[string]bool{"with a journal": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMortal(t)
			dir := t.TempDir()
			m.env = []string{"PARLEY_TEST_UDP_PORT=" + strconv.Itoa(int(freePort(t))), "PARLEY_TEST_RECORD_DIR=" + dir}
			if !journal {
				m.env = append(m.env, "PARLEY_TEST_NO_JOURNAL=1")
			}
			m.start()
			ctx, cancel := context.WithTimeout(t.Context(), 3*limit)
			defer cancel()
			users := []whatsapptest.User{ada, {WaID: "15558880000", Name: "Bob"}}
			var old []*whatsapptest.Call
			for _, u := range users {
				call, err := m.meta.Call(ctx, u)
				must(t, err)
				must(t, call.WaitAccepted(ctx))
				_, err = call.WaitSpeech(ctx, 0)
				must(t, err)
				old = append(old, call)
			}
			recordings := waitForRecordings(t, dir, len(users))
			m.kill()
			m.start()
			h := m.health()
			if h.ActiveCalls != 0 || len(h.Calls) != 0 || h.Counts["calls"] != 0 || len(h.Issues) != 0 {
				t.Errorf("health after the restart: %+v", h)
			}
			for _, call := range old {
				if !journal { // nobody but the user notices
					must(t, call.HangUp(ctx))
				}
				_, err := call.WaitEnded(ctx)
				must(t, err)
			}
			var calls []*whatsapptest.Call
			for i, u := range users {
				call, err := m.meta.Call(ctx, u)
				must(t, err)
				must(t, call.WaitAccepted(ctx))
				calls = append(calls, call)
				for _, w := range []whatsapptest.Envelope{old[i].ConnectWebhook(), old[i].TerminateWebhook(), old[i].TerminateWebhook()} {
					must(t, m.deliver(ctx, w))
				}
			}
			for _, call := range calls {
				_, err := call.WaitSpeech(ctx, 0)
				must(t, err)
			}
			// What came of the old calls' webhooks has ended by itself, and the new calls go on.
			for deadline := time.Now().Add(limit); m.health().ActiveCalls != len(users); <-time.After(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("health: %+v", m.health())
				}
			}
			for _, call := range calls {
				if e := call.Ending(); !e.At.IsZero() {
					t.Errorf("a new call ended: %+v", e)
				}
				must(t, call.HangUp(ctx))
			}
			m.stop()
			for _, path := range recordings {
				file, err := os.Open(path)
				must(t, err)
				pcm, err := audio.ReadWAV(file)
				_ = file.Close()
				if err != nil || pcm.Channels != 2 || pcm.Duration() < 900*time.Millisecond {
					t.Errorf("%s: %v of %v: %v", filepath.Base(path), pcm.Duration(), pcm.Format, err)
				}
			}
			for _, v := range m.meta.Violations() {
				t.Errorf("the bot broke a rule: %v", v)
			}
		})
	}
}

// waitForRecordings waits until so many recordings have some sound.
func waitForRecordings(t *testing.T, dir string, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(limit); ; <-time.After(50 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, "*.wav"))
		must(t, err)
		ready := 0
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > 60_000 { // a second of stereo is 64 kB
				ready++
			}
		}
		if ready == n {
			return files
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d recordings of %d", ready, n)
		}
	}
}
