package rtpaudio

import "time"

// Stats counts what a Receiver met. All packet counts begin at zero with the Receiver.
type Stats struct {
	Received   uint64 // packets of all kinds, the following included
	Duplicated uint64 // packets that had come before
	Late       uint64 // packets that came when their place had been concealed
	Malformed  uint64 // packets whose content is neither Opus nor a telephone-event
	Foreign    uint64 // packets of another SSRC while the one in use was alive
	Unknown    uint64 // packets of a payload type that was not negotiated

	Lost      uint64 // packets that did not come in time
	Recovered uint64 // lost packets whose copy was in the packet behind them
	Concealed uint64 // lost or malformed packets whose audio was made up or is silence

	Events   uint64 // keys that were pressed
	Restarts uint64 // new beginnings of the sender: its SSRC, sequence or timestamps jumped

	Filled  time.Duration // silence that the clock put in because nothing came
	Trimmed time.Duration // silence that was taken out because audio came after all
}
