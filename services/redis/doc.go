// Package redis keeps a services.Store in Redis, so that several nodes share the conversations of one bot. It needs
// one Redis server of version 5 or newer, or one that speaks its language, such as Valkey. By itself Redis may forget
// the last minutes when it crashes: with "appendonly yes" and "appendfsync always" in its configuration, a value is
// on the disk when Put returns; with appendonly alone, all but the last second or two is.
//
// Each key is a hash of its value and its revision, which a script changes in one step. Revisions come from one
// counter, so that a key that was deleted and written anew is not mistaken for the old one; the counter never falls
// behind the server's clock, so that it goes on growing even if it was lost.
//
// While the server is away, calls wait for it until their deadline. An answer that got lost on the way is asked for
// again: Put leaves a mark for some seconds, by which it knows what it has done. What the client library reports
// about its connections goes to slog, as debugging; its SetLogger, called after Open, changes that.
package redis
