package journal

import "time"

// knownFor is how long a settled id is remembered. Meta repeats webhooks for up to seven days.
const knownFor = 8 * 24 * time.Hour

// limits are the sizes that a journal works with. Each journal has its own, so that tests reach them soon.
type limits struct {
	// items is how many may be open at once.
	items int
	// queued is how many bytes may wait for the writer before nothing more is accepted.
	queued int
	// segment is how many bytes a segment gets, unless a single record is larger. NATS takes 1 MB by default.
	segment int
	// fold is after how many segments the first of them are cleared away; after four times as many, open items are
	// carried to the end.
	fold int
	// blockIDs is how many ids a block holds: 64 KB of them.
	blockIDs int
	// blockSpan is how long a block takes ids, so that those of a quiet bot do not wait long for the block to end.
	blockSpan time.Duration
	// blocks bounds what is remembered, to half a million ids. The oldest are forgotten first.
	blocks int
}

// usualLimits are those of every journal outside of tests.
func usualLimits() limits {
	return limits{
		items: 1 << 15, queued: 16 << 20, segment: 512 << 10, fold: 256,
		blockIDs: 8192, blockSpan: 24 * time.Hour, blocks: 64,
	}
}

// segments is how many there may be before open items are carried.
func (l limits) segments() int { return 4 * l.fold }
