// Package bolt keeps a services.Store in one file, with bbolt. A change is on the disk when Put or Delete returns;
// changes that come while another is being written share the next write, so a busy bot does not wait for the disk once per
// change, and a single change waits for nothing but the disk.
//
// # What is where
//
//	PATH        all values, as bbolt keeps them
//	PATH-log1   the changes of the last seconds, one behind the other
//	PATH-log2   the same: the two are used in turn
//
// To change a bbolt file takes two writes that are waited for, and as many pages as there are keys. So a change is first
// written behind the others to a log, with one write (package wal has the format), and kept in memory, where Get finds it.
// When the log is full (8 MiB) or its oldest change is 10 seconds old, the other log takes its place, and all that it has goes to
// the file in the background, in small transactions, each key once. If both are full, changes wait for
// that, or fail after 5 seconds; so neither the logs nor the memory for them grow.
//
// # What survives
//
// Every change that was acknowledged, whether the process is killed or the machine loses its power: the next Open writes to the
// file what the logs have. Of a change whose Put had not returned, all or nothing is there. Close leaves the file alone, without
// logs: it can be copied then. To copy a store that is open, or was not closed, all three files are needed, of the same moment;
// Open fails if a log is missing, or belongs to another file.
//
// If a write to a log fails, the changes in it fail and are not seen, and the next ones go to the other log. If the file cannot
// be written, as on a full disk, changes are taken until the logs are full, and the file is tried again every second.
//
// The file belongs to one process at a time. A file or a log that is damaged is reported and left as it is: nothing
// in it is ever deleted or repaired without being asked for.
package bolt
