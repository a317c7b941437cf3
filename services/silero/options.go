package silero

// Option changes how an Engine is made.
type Option func(*config)

type config struct {
	model string
}

// WithModel loads the model from a file of one's own instead of the one that `parley setup` fetched. It must have
// the inputs and outputs of Silero VAD version 5 or 6.
func WithModel(path string) Option { return func(c *config) { c.model = path } }
