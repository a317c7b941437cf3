// Package journal remembers, in a services.Store, what a bot has promised: which messages it has accepted and not
// answered yet, which answers it was about to send, and which calls run. After a crash the next process reads it and
// knows what is left to do, and what must not be done again.
//
// An Item is opened, may be begun, and is settled:
//
//	Accept, Note   it is there, and somebody will see to it
//	Begin          what cannot be taken back is about to happen, such as sending an answer
//	Revoke         it did not happen, for certain, and is about to be begun anew
//	Settle         nothing more is to be done
//
// An item that was opened and not begun, or whose beginning was revoked, can safely be done after a restart. One that was begun and not settled may
// have been done or not; nobody can know, so it must not be done again. The id of a settled item is remembered for eight
// days, so that an item which comes twice is noticed, before and after a restart.
//
// # In the store
//
// One writer puts everything that waits as one value, while the next such group gathers (group commit). A value is
// never changed; it is called a segment.
//
//	journal/NODE                  the checkpoint: the epoch, the first segment that is needed, the blocks
//	journal/NODE/EPOCH/7          segment 7
//	journal/NODE/EPOCH/known/2    block 2 of the ids that are settled
//	journal-claim/HASH            the node that does what an item is about, on a store of several nodes
//
// Replay reads the checkpoint and then segment after segment until there is none. Segments are only deleted from the
// front, when all items in them are settled, after their ids are in the blocks and the checkpoint is written. An item that stays
// open for long is written again at the end, so that it does not hold up those behind it.
//
// Two processes with one node name would answer everything twice. The one that opens the journal last takes it: it
// writes the checkpoint, the last block and the next segment, each only if nobody else has, so the other's next write
// fails, with ErrTaken, before anything is begun. That segment is cleared away in time, so after each write it is also
// looked up whose the checkpoint is.
//
// Nodes with names of their own may get the same item. Each has it in its journal then, and claims it: the first has it, also after a
// restart, and the others settle theirs. A claim is never given back, for whoever has made it, perhaps without hearing so, has
// the item in its journal. A node removes its claims when it forgets the ids.
package journal
