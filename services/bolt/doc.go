// Package bolt keeps a services.Store in one file, with bbolt. A change is on the disk when Put or Delete returns;
// changes that come at the same time share one write, so a busy bot does not wait for the disk once per call.
//
// The file belongs to one process at a time. A file that is damaged is reported and left as it is: nothing in it
// is ever deleted or repaired without being asked for.
package bolt
