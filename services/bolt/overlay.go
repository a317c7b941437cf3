package bolt

// overlay holds the changes of one epoch, which are in the log and not yet in the file.
type overlay struct {
	epoch   uint64
	changes map[string][]byte // with the revision in front; nil is a key that is gone
	last    uint64            // the highest revision that was given until now
}

func newOverlay(epoch, last uint64) *overlay {
	return &overlay{epoch: epoch, changes: make(map[string][]byte), last: last}
}

// recent finds a key among the changes that are not in the file yet.
func (s *Store) recent(key string) (raw []byte, known bool, err error) {
	s.view.RLock()
	defer s.view.RUnlock()
	if s.closed {
		return nil, false, ErrClosed
	}
	if raw, known = s.active.changes[key]; known || s.frozen == nil {
		return raw, known, nil
	}
	raw, known = s.frozen.changes[key]
	return raw, known, nil
}

// publish lets everybody see a group, which is on the disk.
func (s *Store) publish(group []*change) {
	s.view.Lock()
	defer s.view.Unlock()
	if len(s.active.changes) == 0 {
		s.age.Reset(s.cfg.foldAfter)
	}
	for _, c := range group {
		if c.err == nil {
			s.active.changes[c.key] = c.raw
		}
	}
	s.active.last = s.revision
}
