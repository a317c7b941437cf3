package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// botEvent is one line of what the bot tells about itself.
type botEvent struct {
	Event       string             `json:"event"`
	Call        string             `json:"call"`
	Text        string             `json:"text"`
	Final       bool               `json:"final"`
	Interrupted bool               `json:"interrupted"`
	Turn        int                `json:"turn"`
	Stages      map[string]float64 `json:"stages"`
	Messages    []chatMessage      `json:"messages"`
	Reason      string             `json:"reason"`
	VAD         string             `json:"vad"`
	STT         string             `json:"stt"`
	LLM         string             `json:"llm"`
	TTS         string             `json:"tts"`
}

// chatMessage is one message of a request to the language model.
type chatMessage struct {
	Role string `json:"role"`
	Text string `json:"text"`
}

// parseBotEvent reads one line.
func parseBotEvent(line []byte) (botEvent, error) {
	var e botEvent
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("the bot wrote an event that is not JSON: %.80q", line)
	}
	if e.Event == "" {
		return e, fmt.Errorf("the bot wrote an event without a name: %.80q", line)
	}
	return e, nil
}

// diary collects the bot's events and wakes those who wait for one.
type diary struct {
	mu     sync.Mutex
	events []botEvent
	bad    error // the first line that could not be read
	ended  bool  // the bot closed its end
	more   chan struct{}
}

func newDiary() *diary { return &diary{more: make(chan struct{})} }

// read takes events in until the bot closes its end; see is called for each, and may be nil.
func (d *diary) read(r io.Reader, see func(botEvent)) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // requests to a model hold whole conversations
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		e, err := parseBotEvent(line)
		if err == nil && see != nil {
			see(e)
		}
		d.mu.Lock()
		if err == nil {
			d.events = append(d.events, e)
		} else if d.bad == nil {
			d.bad = err
		}
		d.wake()
		d.mu.Unlock()
	}
	d.mu.Lock()
	d.ended = true
	if err := lines.Err(); err != nil && d.bad == nil {
		d.bad = fmt.Errorf("read the bot's events: %w", err)
	}
	d.wake()
	d.mu.Unlock()
}

// wake needs the lock.
func (d *diary) wake() {
	close(d.more)
	d.more = make(chan struct{})
}

// mark is the place behind the last event so far.
func (d *diary) mark() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.events)
}

// since returns the events of one name behind a mark.
func (d *diary) since(mark int, name string) []botEvent {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []botEvent
	for _, e := range d.events[min(mark, len(d.events)):] {
		if e.Event == name {
			list = append(list, e)
		}
	}
	return list
}

// wait returns the first event behind a mark for which match is true.
func (d *diary) wait(ctx context.Context, mark int, what string, match func(botEvent) bool) (botEvent, error) {
	for {
		d.mu.Lock()
		for _, e := range d.events[min(mark, len(d.events)):] {
			if match(e) {
				d.mu.Unlock()
				return e, nil
			}
		}
		more, ended := d.more, d.ended
		d.mu.Unlock()
		if ended {
			return botEvent{}, fmt.Errorf("%w ended and did not tell %s", ErrBot, what)
		}
		select {
		case <-more:
		case <-ctx.Done():
			return botEvent{}, fmt.Errorf("%w did not tell %s: %w", ErrBot, what, ctx.Err())
		}
	}
}

// trouble is the first line of the bot that could not be read.
func (d *diary) trouble() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bad
}
