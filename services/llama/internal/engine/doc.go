// Package engine answers conversations with a language model that several calls share.
//
// Each conversation has a slot, in which the model keeps what it has read. A request is matched with the slot that
// holds the longest beginning of its prompt, and only what is new is read; so an answer in a running conversation
// begins after the time that one sentence takes to read. Between two steps, of a few tokens each, the engine changes
// between the requests at work, so that two calls share the processor fairly, and stops those whose context has
// ended.
package engine
