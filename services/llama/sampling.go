package llama

// DemoPrompt is the system message that suits the demonstration model. One short line: it loses itself in longer
// ones.
const DemoPrompt = "You are a friendly assistant on the phone."

// DemoExamples are turns that show the demonstration model how a telephone conversation goes: short answers, on the
// question, and now and then a story. A model of this size follows them where it does not follow instructions.
func DemoExamples() []string {
	return []string{
		"Hello!", "Hello! How can I help you?",
		"What is a good breakfast?", "A good breakfast is eggs with toast and fresh fruit.",
		"Tell me a story about a dog.", "Once upon a time, a small dog lived on a farm. Every morning it ran up the hill to watch the " +
			"sun rise. One day it met a lost sheep, and brought it safely home.",
		"What is two plus two?", "Two plus two is four.",
		"Thank you.", "You are welcome!",
	}
}

// Sampling says how a model chooses its words and when its answer ends. Requests may override each of its members
// by their JSON names.
type Sampling struct {
	// Temperature spreads the choice; 0 always takes the likeliest token.
	Temperature float64 `json:"temperature"`
	// MinP drops tokens that are less likely than this share of the likeliest one.
	MinP float64 `json:"min_p"`
	// TopK keeps only so many tokens; 0 keeps all.
	TopK int `json:"top_k"`
	// RepeatPenalty divides the scores of tokens that were used lately; 1 and 0 are off.
	RepeatPenalty float64 `json:"repeat_penalty"`
	// FrequencyPenalty is taken off a token's score for each time it was used lately; PresencePenalty once.
	FrequencyPenalty float64 `json:"frequency_penalty"`
	PresencePenalty  float64 `json:"presence_penalty"`
	// PenaltyTokens is how many tokens back "lately" reaches.
	PenaltyTokens int `json:"penalty_tokens"`
	// MaxTokens limits an answer; 0 leaves it to the room that is left.
	MaxTokens int `json:"max_tokens"`
	// MaxSentences ends an answer after so many sentences, or at the end of a line; 0 does not.
	MaxSentences int `json:"max_sentences"`
	// Seed makes answers repeatable; 0 takes a new one each time.
	Seed uint32 `json:"seed"`
}

// DemoSampling suits the demonstration model: it keeps it from repeating itself without end.
func DemoSampling() Sampling {
	return Sampling{
		Temperature: 0.2, MinP: 0.1, TopK: 40,
		RepeatPenalty: 1.05, PenaltyTokens: 96,
		MaxTokens: 64, MaxSentences: 3,
	}
}

// DefaultSampling suits models that can hold a conversation, with answers short enough to be spoken.
func DefaultSampling() Sampling {
	return Sampling{Temperature: 0.6, MinP: 0.05, TopK: 40, RepeatPenalty: 1.05, PenaltyTokens: 64, MaxTokens: 256}
}
