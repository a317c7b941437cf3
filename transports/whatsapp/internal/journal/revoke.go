package journal

// Revoke takes back that some items were begun: what was about to happen has certainly not happened, such as because it was
// refused, so it can be done after a restart. Begin them anew before the next try. It does not wait for the store: until the
// store has it, they count as begun. Items that are not open, or not begun, are passed over.
func (j *Journal) Revoke(c Class, ids ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		// While somebody still waits for it to be stored that an item begins, it is not known what happens.
		if e := j.items[key(c, id)]; e != nil && e.Begun && e.beginning == 0 {
			e.Begun = false
			j.enqueue(pending{record: record{op: opRevoke, item: Item{Class: c, ID: id}}})
		}
	}
}
