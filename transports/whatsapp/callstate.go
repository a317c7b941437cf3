package whatsapp

// State is how far a call is.
type State uint8

// The states of a call. Those of a user go from Offered to Accepting in this order, those of the business begin with
// Preparing; then the way is the same. Any state up to Active may be followed by Ending.
const (
	Offered      State = iota + 1 // Meta told of it; the answer to its offer is being made
	PreAccepting                  // the answer is on its way to Meta
	Connecting                    // ICE and DTLS are being set up; the phone still rings
	Accepting                     // Meta is told to connect the user

	Preparing // the bot's offer is being made
	Placing   // it is on its way to Meta
	Dialing   // Meta has taken the call; its answer has not come
	Ringing   // the answer is there: ICE and DTLS are being set up; the user has not picked up
	Linked    // ICE and DTLS are up, and silence is sent; the user has not picked up
	Answered  // the user has picked up; ICE and DTLS are not up, or the answer has not even come

	Active // they talk
	Ending // it is being ended and freed
	Ended  // nothing is left of it
)

var stateNames = [...]string{
	"", "offered", "pre-accepting", "connecting", "accepting", "preparing", "placing", "dialing", "ringing", "linked",
	"answered", "active", "ending", "ended",
}

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
	offerMade                        // the offer of a call of the business is there
	placed                           // Meta took a call of the business
	answerCame                       // Meta's answer to a call of the business is there
	pickedUp                         // the user took a call of the business
	declined                         // the user declined it
	stop                             // the call cannot or shall not go on: any failure, or the bot's wish
	gone                             // Meta told that it is over
	released                         // everything was freed
)

var happeningNames = [...]string{
	"", "answer made", "pre-accepted", "connected", "confirmed", "offer made", "placed",
	"answer came", "picked up", "declined", "stop", "gone", "released",
}

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
//
// Of a call of the business, Meta's answer and the news that the user picked up come in either order, but both after
// placed: what comes earlier waits until the call has its id.
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
	Preparing: {
		offerMade: {to: Placing},
		stop:      {to: Ending},
	},
	Placing: {
		placed: {to: Dialing},
		stop:   {to: Ending, bye: terminate}, // if Meta takes the call after all
	},
	Dialing: {
		answerCame: {to: Ringing},
		pickedUp:   {to: Answered},
		declined:   {to: Ending},
		stop:       {to: Ending, bye: terminate},
		gone:       {to: Ending},
	},
	Ringing: {
		connected: {to: Linked},
		pickedUp:  {to: Answered},
		declined:  {to: Ending},
		stop:      {to: Ending, bye: terminate},
		gone:      {to: Ending},
	},
	Linked: {
		pickedUp: {to: Active},
		declined: {to: Ending},
		stop:     {to: Ending, bye: terminate},
		gone:     {to: Ending},
	},
	Answered: {
		answerCame: {to: Answered},
		connected:  {to: Active},
		stop:       {to: Ending, bye: terminate},
		gone:       {to: Ending},
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
