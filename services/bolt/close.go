package bolt

import (
	"errors"
	"fmt"
)

// Close waits for what is being written, writes to the file what is in the logs, and removes them: one file is left. After an
// error the logs are still there, and the next Open reads them. Closing twice is no error.
func (s *Store) Close() (err error) {
	s.closing.Do(func() { err = s.shut() })
	return err
}

func (s *Store) shut() error {
	s.turn <- struct{}{}
	s.view.Lock()
	s.closed = true
	s.view.Unlock()
	<-s.turn
	close(s.quit)
	s.folder.Wait()
	s.age.Stop()
	err := errors.Join(s.foldAll(), s.db.Close())
	if err != nil {
		return fmt.Errorf("bolt: closing %s: %w", s.path, err)
	}
	return nil
}

// foldAll leaves everything in the file.
func (s *Store) foldAll() error {
	if s.logs[0] == nil {
		return nil
	}
	err := closeLogs(s.logs)
	st := s.state
	if s.frozen != nil {
		st.folded = s.frozen.epoch
		if err := fold(s.db, s.frozen, s.newer(s.active), st, nil); err != nil {
			return errors.Join(err, errors.New("the changes are in the logs, which the next start reads"))
		}
	}
	st.open, st.folded = false, s.active.epoch
	if err := fold(s.db, s.active, func(string) bool { return false }, st, nil); err != nil {
		return errors.Join(err, errors.New("the changes are in the logs, which the next start reads"))
	}
	return errors.Join(err, removeLogs(s.path))
}
