package whatsapp

// State is how far a call is.
type State uint8

// The states of a call, in their order. Any of them up to Active may be followed by Ending.
const (
	Offered      State = iota + 1 // Meta told of it; the answer to its offer is being made
	PreAccepting                  // the answer is on its way to Meta
	Connecting                    // ICE and DTLS are being set up; the phone still rings
	Accepting                     // Meta is told to connect the user
	Active                        // they talk
	Ending                        // it is being ended and freed
	Ended                         // nothing is left of it
)

var stateNames = [...]string{"", "offered", "pre-accepting", "connecting", "accepting", "active", "ending", "ended"}

// String returns the state's name.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// happening is what can happen to a call, as far as its state depends on it.
type happening uint8

const (
	answerMade  happening = iota + 1 // the answer to the offer is there
	preAccepted                      // Meta took it
	connected                        // ICE and DTLS are up
	confirmed                        // Meta took the accept
	stop                             // the call cannot or shall not go on: any failure, or the bot's wish
	gone                             // Meta told that it is over
	released                         // everything was freed
)

var happeningNames = [...]string{"", "answer made", "pre-accepted", "connected", "confirmed", "stop", "gone", "released"}

func (h happening) String() string { return happeningNames[h] }

// farewell is what Meta is told when a call ends. If it refuses one, the other is tried: only Meta knows for
// certain how far it is.
type farewell uint8

const (
	nothing   farewell = iota
	reject             // Meta has no answer, as far as is known
	terminate          // Meta has the answer: it would refuse a reject
)

// edge is where a happening leads.
type edge struct {
	to  State
	bye farewell // if to is Ending
}

// edges is the whole life of a call. What is not in it does not change the state: connection events that come
// late, for example, or a second hang-up.
var edges = map[State]map[happening]edge{
	Offered: {
		answerMade: {to: PreAccepting},
		stop:       {to: Ending, bye: reject},
		gone:       {to: Ending},
	},
	PreAccepting: {
		preAccepted: {to: Connecting},
		stop:        {to: Ending, bye: reject},
		gone:        {to: Ending},
	},
	Connecting: {
		connected: {to: Accepting},
		stop:      {to: Ending, bye: terminate},
		gone:      {to: Ending},
	},
	Accepting: {
		confirmed: {to: Active},
		stop:      {to: Ending, bye: terminate},
		gone:      {to: Ending},
	},
	Active: {
		stop: {to: Ending, bye: terminate},
		gone: {to: Ending},
	},
	Ending: {
		released: {to: Ended},
	},
	Ended: {},
}
