// Package bolt keeps a services.Store in one file, with bbolt. A change is on the disk when Put or Delete returns;
// changes that come while another is being written share the next write, so a busy bot does not wait for the disk once per
// change, and a single change waits for nothing but the disk.
//
// The file belongs to one process at a time. A file that is damaged is reported and left as it is: nothing in it
// is ever deleted or repaired without being asked for.
package bolt
