// Package wal is the format of a log file: groups of changes, one behind the other, each on the disk when Append returns.
//
// A file begins with a header of 64 bytes: what it is, the id of the session that it belongs to, and its size. It is
// filled with zeros up to that size before it is used, so that a group overwrites blocks that the file has, which is about
// half the work of extending it. A group that does not fit makes the file longer.
//
// A group has a header of 48 bytes with checksums of itself and of the records. Both begin with the session's id, which
// is random: nobody can make a value that looks like a group. The epoch in it tells the groups of the present use of the file
// from those of earlier ones, which are still behind them; so nothing is ever cleared. Groups are numbered
// from 1 in each epoch. A group also says how many groups the epoch before it had, in the other file.
//
//	at  0  magic                 at 12  length of the records    at 32  groups in the epoch before
//	at  4  CRC-32C from 8 to 48  at 16  epoch                    at 40  how many records there are
//	at  8  CRC-32C of the records  at 24  number in the epoch     at 44  zeros
//
// A record is 1 (put) or 2 (delete), the length of the key and of the value in 4 bytes each, the key and the value. Numbers
// are little endian.
//
// What does not check is the end: it was being written when the process or the machine ended, and nobody was told that it is there.
// If a later group of the epoch follows, or the next epoch knows of more groups, then it is damage.
package wal
