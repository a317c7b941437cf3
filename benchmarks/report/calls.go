package report

import "time"

// Calls is what WhatsApp calls take and cost.
type Calls struct {
	Setups   []CallSetup
	Left     CallLeftovers
	Capacity []CallCapacity
	Network  CallNetwork
	Targets  []Target
}

// CallSetup is how fast calls are answered, from the moment on at which the phone rings and the webhook leaves.
type CallSetup struct {
	Calls       int
	Together    int  // of them ring at the same moment
	Webhook     Stat // until the webhook is answered
	PreAccept   Stat // until the pre-accept came
	Accept      Stat // until the accept came
	FirstPacket Stat // until the bot's first packet came
}

// CallLeftovers is what the bot's process used before and after a number of calls.
type CallLeftovers struct {
	Calls         int
	Before, After ProcessUse
}

// ProcessUse is what a process uses.
type ProcessUse struct {
	Goroutines int   `json:"goroutines"`
	Files      int   `json:"files"`
	Ports      int   `json:"udp_ports"`
	Heap       int64 `json:"heap_bytes"`
	Resident   int64 `json:"resident_bytes"`
}

// CallCapacity is how many calls of a kind of bot one core serves.
type CallCapacity struct {
	Kind  string
	Most  int // calls that were served
	Loads []CallLoad
}

// CallLoad is a number of calls that talk at once, in real time.
type CallLoad struct {
	Calls       int
	Served      bool    // all within the limits
	Late        Stat    // packets of the bot, against the most punctual one of their call
	SlowestRate float64 // packets a second of the call that got the fewest
	Lost        uint64  // packets of callers that did not come in time
	Over        int     // calls that ended by themselves
	CPU         float64 // cores that the bot used
	OthersCPU   float64 // of the bot's core, what other programs used
	CallersCPU  float64 // cores that the callers used
	Turns       int64   // that the bot answered
	Speech      float64 // share of the bot's packets that are speech
	Resident    int64   // bytes of the bot's process
}

// CallNetwork is what became of calls over a bad network.
type CallNetwork struct {
	Calls, Answered int
	Over            int // ended by themselves
	For             time.Duration
	Loss            float64
	Jitter          time.Duration
	Turns           int64
	Violations      int // of the rules of WhatsApp's side
	ToBot, ToUsers  AudioGaps
}

// AudioGaps is what became of the packets of one direction.
type AudioGaps struct {
	Packets   uint64        // that came
	Lost      uint64        // that did not come in time
	Corrected uint64        // of those, restored from the packet behind them
	Concealed uint64        // of those, made up
	Filled    time.Duration // of sound that the clock put in because nothing came; given back when it did
}

// Add sums two directions up.
func (g AudioGaps) Add(o AudioGaps) AudioGaps {
	return AudioGaps{g.Packets + o.Packets, g.Lost + o.Lost, g.Corrected + o.Corrected, g.Concealed + o.Concealed, g.Filled + o.Filled}
}
