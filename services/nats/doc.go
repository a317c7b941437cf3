// Package nats keeps a services.Store in a key-value bucket of NATS JetStream, so that several nodes share the
// conversations of one bot. It needs a nats-server that runs with JetStream: nats-server -js.
//
// A key's revision is its sequence in the bucket's stream. What is deleted leaves nothing behind, and a key that is
// written anew gets a higher revision. Every read is answered by the stream's leader, so a node always sees what
// another node has been told is written.
//
// A value that does not fit into one message of the server is kept in parts, which are written before it and removed
// with it; they are keys that end in "=parts", a mark and a number.
//
// The server writes values to its files before it answers, and leaves it to the system when they reach the disk: a
// crash of the server loses nothing, one of the machine may lose the last minutes of a bucket without replicas.
// "sync_interval: always" in the server's configuration changes that.
//
// While the server is away, calls wait for it until their deadline. An answer that got lost on the way is asked for
// again: each Put has a mark, by which the server knows what it has done already.
package nats
