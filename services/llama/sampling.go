package llama

// DemoPrompt is the system message that suits the demonstration model. One short line: it loses itself in longer
// ones.
const DemoPrompt = "You are a friendly phone assistant. Answer in one short sentence."

// Sampling says how a model chooses its words and when its answer ends. Requests may override each of its members
// by their JSON names.
type Sampling struct {
	// Temperature spreads the choice; 0 always takes the likeliest token.
	Temperature float64 `json:"temperature"`
	// MinP drops tokens that are less likely than this share of the likeliest one.
	MinP float64 `json:"min_p"`
	// TopK keeps only so many tokens; 0 keeps all.
	TopK int `json:"top_k"`
	// RepeatPenalty divides the scores of tokens that were used lately; 1 is off.
	RepeatPenalty float64 `json:"repeat_penalty"`
	// FrequencyPenalty is taken off a token's score for each time it was used lately; PresencePenalty once.
	FrequencyPenalty float64 `json:"frequency_penalty"`
	PresencePenalty  float64 `json:"presence_penalty"`
	// PenaltyTokens is how many tokens back "lately" reaches.
	PenaltyTokens int `json:"penalty_tokens"`
	// RecallAnswers counts the tokens of so many earlier answers as used, so that a small model does not say the
	// same again.
	RecallAnswers int `json:"recall_answers"`
	// MaxTokens limits an answer.
	MaxTokens int `json:"max_tokens"`
	// MaxSentences ends an answer after so many sentences, or at the end of a line; 0 does not.
	MaxSentences int `json:"max_sentences"`
	// Seed makes answers repeatable; 0 takes a new one each time.
	Seed uint32 `json:"seed"`
}

// DemoSampling suits the demonstration model: it keeps it from repeating itself without end.
func DemoSampling() Sampling {
	return Sampling{
		Temperature: 0.3, MinP: 0.1, TopK: 40,
		RepeatPenalty: 1.15, PenaltyTokens: 96, RecallAnswers: 1,
		MaxTokens: 48, MaxSentences: 2,
	}
}

// DefaultSampling suits models that can hold a conversation, with answers short enough to be spoken.
func DefaultSampling() Sampling {
	return Sampling{Temperature: 0.6, MinP: 0.05, TopK: 40, RepeatPenalty: 1.05, PenaltyTokens: 64, MaxTokens: 256}
}
