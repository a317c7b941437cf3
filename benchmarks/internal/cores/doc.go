// Package cores gives a benchmark's subject a core of its own, where the system lets it choose.
package cores
