// Package conversation keeps what was said between one user and the agent, over calls and texts alike.
//
// A Conversation has one owner, itself: changes go through its methods and are written to a services.Store
// before they return. Readers get immutable snapshots. A Book hands out conversations by key, so that a call and
// a text of one user share one.
package conversation
