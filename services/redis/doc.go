// Package redis keeps a services.Store in Redis, so that several nodes share the conversations of one bot. It needs
// one Redis server of version 5 or newer, or one that speaks its language, such as Valkey; a server that should
// keep conversations over its own restart must be told to (appendonly yes).
//
// Each key is a hash of its value and its revision, which a script changes in one step. Revisions come from one
// counter, so that a key that was deleted and written anew is not mistaken for the old one; the counter never falls
// behind the server's clock, so that it goes on growing even if it was lost.
//
// While the server is away, calls wait for it until their deadline. An answer that got lost on the way is asked for
// again: Put knows its own value by a mark, and does not mistake it for somebody else's.
package redis
