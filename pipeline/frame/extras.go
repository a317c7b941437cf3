package frame

import "github.com/parley-voice/parley/pipeline"

// Reasoning is a piece of what the model thought before it answered. It is never spoken and never part of the
// conversation; a transport for texts may show it.
type Reasoning struct {
	pipeline.Response
	ID   uint64
	Text string
	// Retract says that all TextDelta of this response so far were reasoning, too, as it turns out. What was spoken of them
	// cannot be taken back.
	Retract bool
}

// Hint tells how one gets Reasoning.
func (Reasoning) Hint() string { return "add processors.LLM() with a model that tells its reasoning" }

// Attachment is a file that belongs to an answer, such as a picture that the agent made. Any stage may push it, before
// or within the response; a transport for texts sends it, and calls pass over it.
type Attachment struct {
	pipeline.Response
	Name     string // as the user sees it, such as "invoice.pdf"; may be empty
	MIMEType string // such as "image/png"; "" is found out
	Data     []byte // must not change any more
	Caption  string // what is written below it, in Markdown; may be empty
}

// Choices are answers that the user can give at a tap. They go with the text of the response; if there is more than one
// of these frames in it, the last one counts.
type Choices struct {
	pipeline.Response
	// Prompt is what is written above them if the response has no text; "" takes the transport's own.
	Prompt  string
	Button  string // opens the choices, if they are a list; "" takes the transport's own
	Options []Choice
}

// Choice is one of Choices.
type Choice struct {
	ID          string // comes back with the user's message; "" is the title
	Title       string
	Description string // may be empty
}
