package openai

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

// maxEvent bounds one line of a stream. The longest real ones are tool calls in one piece.
const maxEvent = 1 << 20

var errLongEvent = errors.New("openai: an event of the stream is longer than 1 MiB")

// decoder reads server-sent events as chat completion servers write them: each "data:" line is one event, with or
// without a blank line behind it. It passes over comments, other fields and data that is not a JSON object, and
// remembers whether the stream came to a proper end.
type decoder struct {
	body     io.ReadCloser
	lines    *bufio.Scanner
	event    ssestream.Event
	err      error
	done     bool // "[DONE]" was seen
	finished bool // a choice said why it ended
	junk     int  // data lines that were passed over
	events   int
}

func newDecoder(body io.ReadCloser) *decoder {
	s := bufio.NewScanner(body)
	s.Buffer(make([]byte, 0, 4<<10), maxEvent)
	return &decoder{body: body, lines: s}
}

// Next reads up to the next event.
func (d *decoder) Next() bool {
	for d.err == nil && !d.done && d.lines.Scan() {
		data, ok := bytes.CutPrefix(bytes.TrimRight(d.lines.Bytes(), "\r"), []byte("data:"))
		if !ok {
			continue
		}
		data = bytes.TrimSpace(data)
		if bytes.Equal(data, []byte("[DONE]")) {
			d.done = true
			return false
		}
		if len(data) == 0 {
			continue
		}
		clean, ok := d.check(data)
		if !ok {
			d.junk++
			continue
		}
		d.events++
		d.event = ssestream.Event{Data: clean}
		return true
	}
	if err := d.lines.Err(); d.err == nil && err != nil {
		d.err = err
		if errors.Is(err, bufio.ErrTooLong) {
			d.err = errLongEvent
		}
	}
	return false
}

// check says whether data is an event that the SDK can take, and notes a finish reason. The result is a copy: the
// SDK keeps raw JSON, and the scanner's buffer is used again.
func (d *decoder) check(data []byte) ([]byte, bool) {
	var event map[string]json.RawMessage
	if json.Unmarshal(data, &event) != nil || event == nil {
		return nil, false
	}
	if e, ok := event["error"]; ok && isNothing(e) {
		// Some servers put "error": null into every chunk, which the SDK takes for an error.
		delete(event, "error")
		data, _ = json.Marshal(event) // of raw messages that were valid: cannot fail
	} else {
		data = bytes.Clone(data)
	}
	var end struct {
		Choices []struct {
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
	}
	if json.Unmarshal(data, &end) == nil {
		for _, c := range end.Choices {
			d.finished = d.finished || c.FinishReason != ""
		}
	}
	return data, true
}

func isNothing(raw json.RawMessage) bool {
	s := string(bytes.TrimSpace(raw))
	return s == "null" || s == `""` || s == "{}" || s == "false"
}

// Event is the event that Next has found.
func (d *decoder) Event() ssestream.Event { return d.event }

// Err is what ended the stream, or nil at its end.
func (d *decoder) Err() error { return d.err }

// Close frees the connection, for further use if the answer is complete.
func (d *decoder) Close() error {
	if d.done || d.finished {
		finishBody(d.body)
		return nil
	}
	return d.body.Close()
}

// complete returns an error if the stream ended without saying so.
func (d *decoder) complete(server string) error {
	switch {
	case d.done || d.finished:
		return nil
	case d.events == 0 && d.junk > 0:
		return &Error{Kind: ErrProtocol, Server: server, Detail: "the stream held no JSON", Hint: "check that the base URL is that of a chat completions server"}
	case d.events == 0:
		return &Error{Kind: ErrTruncated, Server: server, Detail: "the stream was empty", Hint: "look at the server's log"}
	}
	return &Error{Kind: ErrTruncated, Server: server, Detail: "the stream ended without a finish reason", Hint: "look at the server's log"}
}
