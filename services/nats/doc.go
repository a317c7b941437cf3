// Package nats keeps a services.Store in a key-value bucket of NATS JetStream, so that several nodes share the
// conversations of one bot. It needs a nats-server that runs with JetStream: nats-server -js.
//
// A key's revision is its sequence in the bucket's stream. What is deleted leaves nothing behind, and a key that is
// written anew gets a higher revision. Every read is answered by the stream's leader, so a node always sees what
// another node has been told is written.
//
// While the server is away, calls wait for it until their deadline. An answer that got lost on the way is asked for
// again: each Put has a mark, by which the server knows what it has done already.
package nats
