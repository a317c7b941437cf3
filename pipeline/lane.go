package pipeline

// Lane decides what becomes of a frame on its way: how it is ordered, what happens when a queue is full, and
// whether it survives an interruption. A frame type has the lane that it embeds.
type Lane uint8

// The four lanes. See the table in doc.go.
const (
	LaneSignal   Lane = iota + 1 // a fact, told to every stage at once
	LaneMedia                    // live input; dropped when a stage stands still
	LaneDurable                  // content that is never lost
	LaneResponse                 // part of one attempt at a response; dies with its generation
)

// String returns the lane's name.
func (l Lane) String() string {
	switch l {
	case LaneSignal:
		return "signal"
	case LaneMedia:
		return "media"
	case LaneDurable:
		return "durable"
	case LaneResponse:
		return "response"
	}
	return "no lane"
}

// Frame is anything that travels through a pipeline. A type becomes a frame by embedding exactly one of Signal,
// Media, Durable and Response:
//
//	type Mood struct { pipeline.Durable; Score float64 }
//
// Frames are values and are shared: nobody may change what a frame points to once it was pushed.
type Frame interface{ lane() Lane }

// Signal is embedded by facts that every stage may want to know at once: they are broadcast and overtake all
// else.
type Signal struct{}

// Media is embedded by live input, such as audio from a microphone.
type Media struct{}

// Durable is embedded by content that must never be lost, such as what the user said.
type Durable struct{}

// Response is embedded by the parts of a response, such as text and audio of an answer. They die with the
// generation that they belong to.
type Response struct{}

func (Signal) lane() Lane   { return LaneSignal }
func (Media) lane() Lane    { return LaneMedia }
func (Durable) lane() Lane  { return LaneDurable }
func (Response) lane() Lane { return LaneResponse }

// LaneOf returns the lane of a frame.
func LaneOf(f Frame) Lane { return f.lane() }

// Hinter is implemented by frame types that can tell how one gets them: the wiring check adds the hint to its
// message, as in "add processors.Turn()".
type Hinter interface{ Hint() string }
