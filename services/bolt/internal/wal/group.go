package wal

import "encoding/binary"

const (
	kindPut    = 1
	kindDelete = 2

	recordBytes = 9 // in front of the key
	// keptBytes is the largest buffer that is kept for the next group.
	keptBytes = 1 << 20
)

// Group gathers changes that are written together. The zero value is an empty one. It is for one goroutine at a time.
type Group struct {
	buf     []byte // with room for the header in front
	records uint32
}

// Reset empties the group.
func (g *Group) Reset() {
	if cap(g.buf) > keptBytes {
		g.buf = nil
	}
	g.buf, g.records = g.buf[:0], 0
}

// Put adds that a key has a value now. Both have less than 2 GiB, and a group less than 4 GiB.
func (g *Group) Put(key string, value []byte) {
	g.record(kindPut, key, len(value))
	g.buf = append(g.buf, value...)
}

// Delete adds that a key is gone.
func (g *Group) Delete(key string) { g.record(kindDelete, key, 0) }

func (g *Group) record(kind byte, key string, value int) {
	if len(g.buf) == 0 {
		g.buf = append(g.buf, make([]byte, groupBytes)...)
	}
	g.records++
	g.buf = append(g.buf, kind)
	g.buf = binary.LittleEndian.AppendUint32(g.buf, uint32(len(key)))
	g.buf = binary.LittleEndian.AppendUint32(g.buf, uint32(value))
	g.buf = append(g.buf, key...)
}

// Size is what the group takes in the file, in bytes. It is 0 for an empty group.
func (g *Group) Size() int { return len(g.buf) }

// seal fills in the header and returns the bytes of the group.
func (g *Group) seal(id ID, epoch, number, before uint64) []byte {
	records := g.buf[groupBytes:]
	groupHeader{
		body: id.checksum(records), length: uint32(len(records)), epoch: epoch, number: number, before: before, records: g.records,
	}.put(g.buf, id)
	return g.buf
}
