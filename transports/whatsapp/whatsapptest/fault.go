package whatsapptest

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault makes the Graph API misbehave. The zero value refuses nothing; fill in what shall go wrong, or take one
// of the ready-made ones, and give it to Inject.
type Fault struct {
	// Endpoint is "calls", "messages" or "media" (an upload), "object" for what has an id of its own, such as a file that is
	// looked up, or "download" for its bytes; empty for all.
	Endpoint string
	// Action is the action of a call, such as "accept", or the type of a message, such as "text"; empty for all.
	Action string
	// Times is how many requests are hit: 0 means one, a negative number all.
	Times int
	// Delay is waited before anything is done.
	Delay time.Duration
	// Applied lets the request take its effect before it fails.
	Applied bool
	// Reset breaks the connection instead of answering.
	Reset bool
	// Status, Header and Body are the answer. Status 0 lets the request through, after Delay.
	Status int
	Header http.Header
	Body   string
	// Err is a Graph error as the answer; it wins over Status.
	Err *GraphError
}

// Latency lets a request through after a wait.
func Latency(d time.Duration) Fault { return Fault{Delay: d} }

// InternalError answers 500 with a Graph error, code 131000.
func InternalError() Fault {
	return Fault{Err: &GraphError{Status: 500, Message: "(#131000) Something went wrong", Type: "OAuthException", Code: 131000, Transient: true}}
}

// Unavailable answers 503 with a page of HTML, as a load balancer does.
func Unavailable() Fault {
	return Fault{
		Status: http.StatusServiceUnavailable,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Service Unavailable</h1></body></html>",
	}
}

// ResetAfterEffect breaks the connection after the request took effect: the bot cannot know that it did.
func ResetAfterEffect() Fault { return Fault{Applied: true, Reset: true} }

// ExpiredToken answers 401 with code 190.
func ExpiredToken() Fault {
	return Fault{Err: &GraphError{Status: 401, Message: "Error validating access token: Session has expired", Type: "OAuthException", Code: 190, Subcode: 463}}
}

// RateLimited answers 429 with code 130429 and a Retry-After in seconds.
func RateLimited(retryAfter time.Duration) Fault {
	return Fault{
		Header: http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Round(time.Second).Seconds()))}},
		Err:    graphError(http.StatusTooManyRequests, 130429, "(#130429) Rate limit hit", "Message failed to send because there were too many messages sent from this phone number in a short period of time"),
	}
}

// On limits a fault to an endpoint and an action, either of which may be empty.
func (f Fault) On(endpoint, action string) Fault {
	f.Endpoint, f.Action = endpoint, action
	return f
}

// Repeat makes a fault hit n requests; a negative n all.
func (f Fault) Repeat(n int) Fault {
	f.Times = n
	return f
}

// Inject adds a fault. Faults are tried in the order in which they were added; each request is hit by one.
func (e *Emulator) Inject(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, &f)
}

// ClearFaults removes all faults.
func (e *Emulator) ClearFaults() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = nil
}

// takeFault returns the fault that hits a request, or nil.
func (e *Emulator) takeFault(r *request) *Fault {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range e.faults {
		if f.Times == 0 || f.Endpoint != "" && f.Endpoint != r.endpoint || f.Action != "" && f.Action != r.action {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		return f
	}
	return nil
}

// play answers a request as the fault says.
func (f *Fault) play(w *answerRecorder, r *request, e *Emulator) {
	e.pause(r, f.Delay)
	answered := f.Err != nil || f.Status != 0 || f.Reset
	if !answered {
		e.dispatch(w, r)
		return
	}
	if f.Applied {
		e.dispatch(&discard{header: make(http.Header)}, r)
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	switch {
	case f.Reset:
		breakConnection(w)
	case f.Err != nil:
		f.Err.write(w)
	default:
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
	}
}

// breakConnection closes the connection without an answer, with a TCP reset where it can.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to break off an answer
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// discard is a response that nobody gets.
type discard struct {
	header http.Header
	bytes.Buffer
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
