package openai

import (
	"log/slog"
	"net/http"
	"time"
)

// DefaultBaseURL is OpenAI's own endpoint.
const DefaultBaseURL = "https://api.openai.com/v1"

// Timeouts are the deadlines of one request. A zero field takes its default.
type Timeouts struct {
	// Connect bounds the TCP connection and, again, the TLS handshake. Default 3 s. It does not apply to a
	// client given by WithHTTPClient.
	Connect time.Duration
	// FirstToken bounds the time from sending a request to the first piece of its answer. Default 60 s: what people
	// bear depends on whether they speak or write, and is the business of the stage that asks.
	FirstToken time.Duration
	// BetweenTokens bounds the silence between two pieces. Default 30 s.
	BetweenTokens time.Duration
	// Total bounds the whole of Generate with all its attempts. Default 2 minutes.
	Total time.Duration
}

func (t Timeouts) withDefaults() Timeouts {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&t.Connect, 3*time.Second)
	def(&t.FirstToken, time.Minute)
	def(&t.BetweenTokens, 30*time.Second)
	def(&t.Total, 2*time.Minute)
	return t
}

type config struct {
	baseURL     string
	apiKey      string
	client      *http.Client
	timeouts    Timeouts
	retries     int
	maxTokens   int
	temperature *float64
	usage       bool
	vision      bool
	thinksFirst bool
	fields      map[string]any
	log         *slog.Logger
}

// Option changes how an LLM talks to its server.
type Option func(*config)

// WithBaseURL sets the server, up to and without "/chat/completions", such as "http://127.0.0.1:11434/v1".
// The default is DefaultBaseURL.
func WithBaseURL(url string) Option { return func(c *config) { c.baseURL = url } }

// WithAPIKey sets the key that is sent as a bearer token. Local servers mostly need none.
func WithAPIKey(key string) Option { return func(c *config) { c.apiKey = key } }

// WithHTTPClient uses a client of the caller's in place of the LLM's own. Its Timeout should be 0, for it would
// cut long answers.
func WithHTTPClient(client *http.Client) Option { return func(c *config) { c.client = client } }

// WithTimeouts sets the deadlines.
func WithTimeouts(t Timeouts) Option { return func(c *config) { c.timeouts = t } }

// WithRetries sets how often a request is tried again while nothing of its answer has come. Default 2.
func WithRetries(n int) Option { return func(c *config) { c.retries = max(n, 0) } }

// WithMaxTokens limits answers whose request sets no limit of its own; 0 leaves it to the server.
func WithMaxTokens(n int) Option { return func(c *config) { c.maxTokens = n } }

// WithTemperature sets the sampling temperature of requests that set none of their own.
func WithTemperature(t float64) Option { return func(c *config) { c.temperature = &t } }

// WithoutUsage does not ask for token counts, for servers that refuse "stream_options".
func WithoutUsage() Option { return func(c *config) { c.usage = false } }

// WithVision sends the pictures of messages to the model, which must be able to see; many refuse a request with
// pictures. Without it the model gets the text alone.
func WithVision() Option { return func(c *config) { c.vision = true } }

// WithThinkingFirst says that the model's chat template itself opens the reasoning, as those of DeepSeek R1 and QwQ do, and the
// server does not take it out (llama.cpp and vLLM do with their reasoning parsers, if these are switched on). The answer then
// begins with reasoning up to </think>, and what the user gets begins behind it. Without this, the tag is noticed only when it comes: what was
// spoken before it in a call was spoken, while a text was not sent yet and loses its reasoning all the same. An answer
// without the tag is text as a whole, at its end.
func WithThinkingFirst() Option { return func(c *config) { c.thinksFirst = true } }

// WithField adds a member to every request's JSON, for what only some servers know, such as
// WithField("reasoning_effort", "none").
func WithField(name string, value any) Option {
	return func(c *config) {
		if c.fields == nil {
			c.fields = map[string]any{}
		}
		c.fields[name] = value
	}
}

// WithLogger sets the logger. Retries are logged at debug; texts and keys never. The default is slog.Default.
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.log = l } }
