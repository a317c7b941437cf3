package models

// Step is what Ensure is doing with a set.
type Step string

// The steps, in the order in which a set goes through them. A set that is already there goes straight to Ready.
const (
	// Waiting means that another process is fetching; it is reported once, without a set.
	Waiting Step = "waiting for another setup"
	// Downloading counts bytes of the archive.
	Downloading Step = "downloading"
	// Verifying counts bytes of the archive.
	Verifying Step = "verifying"
	// Unpacking counts bytes of the files that are taken out of the archive.
	Unpacking Step = "unpacking"
	// Converting counts files that are made from unpacked ones.
	Converting Step = "converting"
	// Ready means that all files of the set are in place.
	Ready Step = "ready"
)

// Event is one piece of news about the progress of Ensure.
type Event struct {
	Set     Set
	Package string // for people, such as "silero-vad 6.2.3 (PyPI)"
	Step    Step
	// Done and Total count bytes, or files for Converting. The size of a download is what its client has
	// written so far; some clients write everything at the end.
	Done, Total int64
}
