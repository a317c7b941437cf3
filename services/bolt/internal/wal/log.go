package wal

import "io"

// File is an open log file.
type File interface {
	// WriteAt returns when all bytes are on the disk.
	io.WriterAt
	Truncate(size int64) error
	Close() error
}

// Log writes groups to a file that Create has made. It is for one goroutine at a time.
type Log struct {
	file File
	id   ID
	size int64 // that the file was filled to

	epoch, before uint64
	groups        uint64
	end           int64 // of the last group
	longest       int64 // that the file may have become
	broken        bool
}

// NewLog writes to a file that Create made with the same id and size. Begin comes before the first Append.
func NewLog(file File, id ID, size int64) *Log {
	return &Log{file: file, id: id, size: size, longest: size}
}

// Begin starts a new epoch at the beginning of the file; what is in it is given up. before is how many groups the epoch
// before has, in another file.
func (l *Log) Begin(epoch, before uint64) {
	if l.longest > l.size && l.file.Truncate(l.size) == nil { // one that stays too long does no harm
		l.longest = l.size
	}
	l.epoch, l.before, l.groups, l.end, l.broken = epoch, before, 0, fileBytes, false
}

// Fits tells whether a group of so many bytes can be appended. The first of an epoch always fits, since it might be too
// large for any file; none does after a failure, until the next epoch.
func (l *Log) Fits(bytes int) bool {
	return !l.broken && (l.groups == 0 || l.end+int64(bytes) <= l.size)
}

// Append writes a group, and returns when it is on the disk. After an error nobody knows what is there, so nothing is
// appended until the next epoch, whose groups tell that this one does not count.
func (l *Log) Append(g *Group) error {
	if l.broken {
		return errBroken
	}
	b := g.seal(l.id, l.epoch, l.groups+1, l.before)
	l.longest = max(l.longest, l.end+int64(len(b)))
	if _, err := l.file.WriteAt(b, l.end); err != nil {
		l.broken = true
		return err
	}
	l.end += int64(len(b))
	l.groups++
	return nil
}

// Groups is how many groups the epoch has.
func (l *Log) Groups() uint64 { return l.groups }

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }
