package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// known are the ids of settled items, as hashes in blocks by age. The journal's lock guards it.
type known struct {
	limits limits
	blocks []*block
	first  uint64            // number of the first of them
	in     map[uint64]uint64 // from a hash to the number of its block
}

// block is a number of ids that were settled one after the other.
type block struct {
	hashes         []uint64
	oldest, newest time.Time
	dirty          bool   // it has changed since it was stored
	revision       uint64 // of the stored value; the folder's alone
}

func newKnown(l limits) *known { return &known{limits: l, in: make(map[uint64]uint64)} }

func (k *known) has(hash uint64) bool { _, ok := k.in[hash]; return ok }

// add remembers an id.
func (k *known) add(hash uint64, now time.Time) {
	if k.has(hash) {
		return
	}
	var last *block
	if n := len(k.blocks); n > 0 {
		last = k.blocks[n-1]
	}
	if last == nil || len(last.hashes) >= k.limits.blockIDs || now.Sub(last.oldest) > k.limits.blockSpan {
		last = &block{oldest: now}
		k.blocks = append(k.blocks, last)
	}
	last.hashes, last.newest, last.dirty = append(last.hashes, hash), now, true
	k.in[hash] = k.end() - 1
}

// end is the number after the last block's.
func (k *known) end() uint64 { return k.first + uint64(len(k.blocks)) }

// expire forgets the blocks whose time is over, and the oldest if there are too many, and returns them.
func (k *known) expire(now time.Time) (old []*block) {
	for len(k.blocks) > k.limits.blocks || len(k.blocks) > 0 && now.Sub(k.blocks[0].newest) > knownFor {
		for _, h := range k.blocks[0].hashes {
			if k.in[h] == k.first {
				delete(k.in, h)
			}
		}
		old = append(old, k.blocks[0])
		k.blocks[0] = nil
		k.blocks = k.blocks[1:]
		k.first++
	}
	return old
}

// put adds a block that was read from the store, behind the others.
func (k *known) put(b *block) {
	number := k.end()
	k.blocks = append(k.blocks, b)
	for _, h := range b.hashes {
		k.in[h] = number
	}
}

// A stored block is its magic, a checksum of the rest, two times in Unix seconds, and hashes.
const (
	blockMagic  = "PK1\n"
	blockHeader = len(blockMagic) + 4 + 8 + 8
)

func (b *block) encode() []byte {
	v := make([]byte, blockHeader, blockHeader+8*len(b.hashes))
	copy(v, blockMagic)
	binary.BigEndian.PutUint64(v[8:], uint64(b.oldest.Unix()))
	binary.BigEndian.PutUint64(v[16:], uint64(b.newest.Add(time.Second-1).Unix())) // rounded up, so that none is forgotten early
	for _, h := range b.hashes {
		v = binary.BigEndian.AppendUint64(v, h)
	}
	binary.BigEndian.PutUint32(v[4:], crc32.Checksum(v[8:], castagnoli))
	return v
}

func readBlock(v []byte) (*block, error) {
	if len(v) < blockHeader || (len(v)-blockHeader)%8 != 0 || string(v[:4]) != blockMagic {
		return nil, fmt.Errorf("%w: %d bytes are no block of ids", ErrDamaged, len(v))
	}
	if crc32.Checksum(v[8:], castagnoli) != binary.BigEndian.Uint32(v[4:]) {
		return nil, fmt.Errorf("%w: the checksum of a block of %d ids is wrong", ErrDamaged, (len(v)-blockHeader)/8)
	}
	b := &block{
		oldest: time.Unix(int64(binary.BigEndian.Uint64(v[8:])), 0),
		newest: time.Unix(int64(binary.BigEndian.Uint64(v[16:])), 0),
	}
	for i := blockHeader; i < len(v); i += 8 {
		b.hashes = append(b.hashes, binary.BigEndian.Uint64(v[i:]))
	}
	return b, nil
}
