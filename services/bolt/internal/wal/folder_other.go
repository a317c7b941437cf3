//go:build !unix

package wal

// syncFolder does nothing where folders cannot be synced.
func syncFolder(string) error { return nil }
