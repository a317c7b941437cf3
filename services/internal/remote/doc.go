// Package remote holds what the stores behind a network have in common: every call has a deadline and is tried
// again while the server is away, and Close waits for the calls under way.
package remote
