// Package memory keeps a services.Store in the memory of the process. It is for tests, and for bots that may
// forget everything when they end; package bolt keeps the same in a file.
package memory
