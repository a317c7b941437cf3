package caller

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	maxClipBytes = 64 << 20
	maxTextBytes = 64 << 10
	answerTime   = 60 * time.Second
)

// Placed is the switchboard's answer to a call.
type Placed struct {
	Result
	WAV []byte `json:"wav,omitempty"` // the recording; base64 in JSON
}

// Switchboard lets others call and write to the bot of a running emulator, over HTTP: POST /call with a WAV file as
// the body, POST /text with a text. The query parameter from is the caller's number.
type Switchboard struct {
	e   *whatsapptest.Emulator
	mux *http.ServeMux
}

// NewSwitchboard makes one for an emulator.
func NewSwitchboard(e *whatsapptest.Emulator) *Switchboard {
	s := &Switchboard{e: e, mux: http.NewServeMux()}
	s.mux.HandleFunc("POST /call", s.call)
	s.mux.HandleFunc("POST /text", s.text)
	return s
}

// ServeHTTP answers one request.
func (s *Switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// user is who calls or writes.
func user(r *http.Request) whatsapptest.User {
	number := r.URL.Query().Get("from")
	if number == "" {
		number = "15559990000"
	}
	return whatsapptest.User{WaID: number, Name: "Parley caller"}
}

// call places a call with the clip in the body.
func (s *Switchboard) call(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxClipBytes))
	if err != nil {
		http.Error(w, "the recording is larger than 64 MB or was cut off", http.StatusBadRequest)
		return
	}
	clip, err := audio.ReadWAV(bytes.NewReader(body))
	if err == nil {
		clip, err = prepare("in the request", clip)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result, recording, _ := Place(r.Context(), s.e, Request{
		From: user(r), Clip: clip, Answer: 15 * time.Second, Greeting: 5 * time.Second,
		Conversation: *NewConversation(nil),
	})
	placed := Placed{Result: result}
	if recording.Len() > 0 {
		file := &memoryFile{}
		if err := audio.WriteWAV(file, recording); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		placed.WAV = file.data
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(placed)
}

// text sends a text and answers with the bot's reply.
func (s *Switchboard) text(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTextBytes))
	text := strings.TrimSpace(string(body))
	if err != nil || text == "" {
		http.Error(w, "the body has to be the text to send, at most 64 kB", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	from := user(r)
	before := len(s.e.Messages(from))
	if _, err := s.e.SendText(ctx, from, text); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for {
		message, err := s.e.WaitMessage(ctx, from)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			http.Error(w, fmt.Sprintf("the bot did not answer within %v", answerTime), http.StatusGatewayTimeout)
			return
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		// Messages from before this text, that nobody fetched, are not its answer.
		list := s.e.Messages(from)
		if len(list) > before && !message.At.Before(list[before].At) {
			_, _ = fmt.Fprintln(w, message.Text)
			return
		}
	}
}

// memoryFile is a file in memory, for writers that seek.
type memoryFile struct {
	data []byte
	at   int64
}

// Write writes at the current place.
func (f *memoryFile) Write(p []byte) (int, error) {
	if missing := f.at + int64(len(p)) - int64(len(f.data)); missing > 0 {
		f.data = append(f.data, make([]byte, missing)...)
	}
	copy(f.data[f.at:], p)
	f.at += int64(len(p))
	return len(p), nil
}

// Seek moves the place.
func (f *memoryFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += int64(len(f.data))
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	f.at = offset
	return offset, nil
}
