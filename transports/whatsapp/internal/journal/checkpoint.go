package journal

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// checkpoint says where a replay begins.
type checkpoint struct {
	// Epoch is in the keys of everything else; a new one begins if a checkpoint is lost.
	Epoch string `json:"epoch"`
	// Owner is the mark of the process that wrote it.
	Owner string `json:"owner"`
	// First is the first segment that is needed. Those from Garbage on are not any more, and may still be there.
	First   uint64 `json:"first"`
	Garbage uint64 `json:"garbage"`
	// KnownFirst and KnownEnd are the numbers of the first block of ids and of the one after the last.
	KnownFirst uint64 `json:"known_first"`
	KnownEnd   uint64 `json:"known_end"`
	// KnownGarbage is the first block that may still be there although it is not needed.
	KnownGarbage uint64 `json:"known_garbage"`
}

func readCheckpoint(value []byte) (c checkpoint, err error) {
	if err := json.Unmarshal(value, &c); err != nil {
		return c, fmt.Errorf("%w: the checkpoint is no JSON: %v", ErrDamaged, err)
	}
	switch {
	case c.Epoch == "":
		return c, fmt.Errorf("%w: the checkpoint names no epoch", ErrDamaged)
	case c.Garbage > c.First, c.KnownGarbage > c.KnownFirst, c.KnownFirst > c.KnownEnd, c.KnownEnd-c.KnownFirst > 2*uint64(usualLimits().blocks):
		return c, fmt.Errorf("%w: the checkpoint's numbers do not fit together", ErrDamaged)
	}
	return c, nil
}

func (c checkpoint) encode() []byte {
	b, _ := json.Marshal(c) // strings and numbers always can be
	return b
}

// keys are the names of what is in the store.
type keys struct{ base, epoch string }

func (k keys) checkpoint() string { return k.base }

func (k keys) segment(n uint64) string {
	return k.base + "/" + k.epoch + "/" + strconv.FormatUint(n, 10)
}

func (k keys) block(n uint64) string {
	return k.base + "/" + k.epoch + "/known/" + strconv.FormatUint(n, 10)
}
