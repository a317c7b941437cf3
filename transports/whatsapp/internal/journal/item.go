package journal

import (
	"crypto/sha256"
	"encoding/binary"
)

// Class says what an item is. Ids of different classes do not meet.
type Class byte

// The classes.
const (
	Message Class = 'm'
	Call    Class = 'c'
)

// Item is something that was promised.
type Item struct {
	Class Class
	ID    string
	// Data is what is needed to go on with it after a restart. It must not be changed any more.
	Data []byte
	// Begun says, of an item that Recovered returns, that it may have been done.
	Begun bool
}

// key names an item among all.
func (i Item) key() string { return key(i.Class, i.ID) }

func key(c Class, id string) string { return string(rune(c)) + id }

// hashOf is what is kept of the key of a settled item. With half a million of them, one new id in 10^13 is taken for
// an old one.
func hashOf(key string) uint64 {
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:])
}

// entry is an item in the journal's memory.
type entry struct {
	Item
	order   uint64 // of acceptance
	batch   *batch // that it waits for; nil once that is over
	stored  bool
	segment uint64 // that holds it, if it is stored
	carried bool   // it is being written again
	// beginning counts the records on their way that say that it is begun.
	beginning int
}
