package doctext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// childEnv marks the process that reads a PDF, and tells how much text is wanted.
const childEnv = "PARLEY_DOCTEXT_CHILD"

const (
	// childMemory is how much memory the process may take, in bytes.
	childMemory = 768 << 20
	// childWork is how long it may keep a processor busy, and childTime how long it may take at most.
	childWork = 8 * time.Second
	childTime = 15 * time.Second
	// maxDocument is the largest document that it takes.
	maxDocument = 100 << 20
)

// hosted says that main calls ServeIfChild. Without it, reading a PDF would run the whole program anew.
var hosted atomic.Bool

// ServeIfChild must be among the first calls in main, and in TestMain of tests that read PDFs. In the process that
// reads a PDF it does that and never returns; in all others it does nothing.
func ServeIfChild() {
	raw, ok := os.LookupEnv(childEnv)
	if !ok {
		hosted.Store(true)
		return
	}
	limit, err := strconv.Atoi(raw)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s is not for use by hand: %v\n", childEnv, err)
		os.Exit(2)
	}
	confine()
	time.AfterFunc(childTime, func() { os.Exit(3) })
	data, err := io.ReadAll(io.LimitReader(os.Stdin, maxDocument))
	if err != nil {
		os.Exit(4)
	}
	answer := os.Stdout
	os.Stdout = os.Stderr // for what a library might print
	text, err := pdfText(data, limit)
	if err := json.NewEncoder(answer).Encode(resultOf(text, err)); err != nil {
		os.Exit(5)
	}
	os.Exit(0)
}

// childResult is what the process answers.
type childResult struct {
	Text      string `json:"text"`
	Full      bool   `json:"full"`
	Protected bool   `json:"protected"`
	Damaged   string `json:"damaged"`
}

func resultOf(text string, err error) childResult {
	r := childResult{Text: text, Full: errors.Is(err, errFull), Protected: errors.Is(err, ErrProtected)}
	if err != nil && !r.Full && !r.Protected {
		r.Damaged = err.Error()
	}
	return r
}

func (r childResult) err() error {
	switch {
	case r.Full:
		return errFull
	case r.Protected:
		return ErrProtected
	case r.Damaged != "":
		return fmt.Errorf("%w: %s", ErrDamaged, clip(r.Damaged))
	}
	return nil
}

// clip shortens what a library says of a file.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
