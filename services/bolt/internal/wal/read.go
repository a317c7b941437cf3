package wal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
)

// Record is one change.
type Record struct {
	Key     string
	Value   []byte // belongs to the Content that it is from
	Deleted bool
}

// Content is what is in a log of one epoch.
type Content struct {
	Groups [][]Record
	// Before is how many groups the epoch before has; it is known if there is a group in this one.
	Before uint64
}

// Read reads the groups of an epoch from a file. It fails with ErrEmpty, ErrForeign, ErrUnused, ErrLater, ErrDamaged or the error of the
// file system.
func Read(path string, id ID, epoch uint64) (Content, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Content{}, err
	}
	return parse(data, id, epoch)
}

func parse(data []byte, id ID, epoch uint64) (c Content, err error) {
	if err := checkFileHeader(data, id); err != nil {
		return c, err
	}
	rest := data[fileBytes:]
	for {
		h, records, ok := groupAt(rest, id)
		number := uint64(len(c.Groups)) + 1
		if ok && h.epoch > epoch {
			return c, fmt.Errorf("%w: it has changes of epoch %d, and the store wants those of %d", ErrLater, h.epoch, epoch)
		}
		if !ok || h.epoch != epoch || h.number != number {
			break
		}
		group, err := parseRecords(records, h.records)
		if err != nil {
			return c, fmt.Errorf("%w: group %d: %w", ErrDamaged, number, err)
		}
		c.Groups, c.Before = append(c.Groups, group), h.before
		rest = rest[groupBytes+len(records):]
	}
	// The last group may have come to the disk in part. But then nothing was written behind it.
	at := len(data) - len(rest)
	for {
		next := bytes.Index(rest, []byte(groupMagic))
		if next < 0 {
			return c, nil
		}
		rest = rest[next:]
		if h, _, ok := groupAt(rest, id); ok && h.epoch >= epoch {
			return c, fmt.Errorf("%w: group %d, at byte %d, cannot be read, and group %d is behind it",
				ErrDamaged, len(c.Groups)+1, at, h.number)
		}
		rest = rest[len(groupMagic):]
	}
}

func parseRecords(b []byte, count uint32) ([]Record, error) {
	var records []Record
	for len(b) > 0 {
		if len(b) < recordBytes {
			return nil, fmt.Errorf("a record has %d bytes", len(b))
		}
		kind, key, value := b[0], uint64(binary.LittleEndian.Uint32(b[1:])), uint64(binary.LittleEndian.Uint32(b[5:]))
		b = b[recordBytes:]
		if key+value > uint64(len(b)) {
			return nil, fmt.Errorf("a record of %d bytes, where %d are left", key+value, len(b))
		}
		r := Record{Key: string(b[:key]), Value: b[key : key+value : key+value]}
		switch kind {
		case kindPut:
		case kindDelete:
			r.Value, r.Deleted = nil, true
		default:
			return nil, fmt.Errorf("a record of kind %d", kind)
		}
		records = append(records, r)
		b = b[key+value:]
	}
	if uint64(len(records)) != uint64(count) {
		return nil, fmt.Errorf("%d records of %d", len(records), count)
	}
	return records, nil
}
