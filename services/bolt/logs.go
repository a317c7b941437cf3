package bolt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// logPath names the log of an epoch: the two are used in turn.
func logPath(path string, epoch uint64) string { return fmt.Sprintf("%s-log%d", path, 2-epoch%2) }

// roomFor returns the log, which takes a group of so many bytes. If it is full, it switches to the other one, for which it waits
// until all that the other one has is in the file.
func (s *Store) roomFor(bytes int) (*wal.Log, error) {
	if s.logs[0] == nil {
		if err := s.createLogs(); err != nil {
			return nil, fmt.Errorf("cannot create the logs: %w", err)
		}
	}
	log := s.logs[s.active.epoch%2]
	if log.Fits(bytes) {
		return log, nil
	}
	if err := s.awaitRoom(); err != nil {
		return nil, err
	}
	return s.freeze(), nil
}

// awaitRoom waits until nothing is frozen.
func (s *Store) awaitRoom() error {
	select {
	case <-s.room:
		return nil
	default:
	}
	if cause := s.failure.Load(); cause != nil {
		return fmt.Errorf("both logs are full, and what is in them cannot be written to the file: %w", *cause)
	}
	patience := time.NewTimer(s.cfg.patience)
	defer patience.Stop()
	select {
	case <-s.room:
		return nil
	case <-patience.C:
		return fmt.Errorf("both logs are full, and nothing of it could be written to the file for %v: the disk is too slow", s.cfg.patience)
	}
}

// freeze switches the logs: what is active now will be written to the file. It returns the new log.
func (s *Store) freeze() *wal.Log {
	epoch := s.active.epoch + 1
	log := s.logs[epoch%2]
	log.Begin(epoch, s.logs[s.active.epoch%2].Groups())
	s.view.Lock()
	s.frozen, s.active = s.active, newOverlay(epoch, s.revision)
	s.view.Unlock()
	s.kick <- struct{}{}
	return log
}

// createLogs makes the logs of a new session, and has the file say that they are needed now.
func (s *Store) createLogs() (err error) {
	st := state{open: true, folded: s.state.folded}
	_, _ = rand.Read(st.session[:]) // never fails
	var logs [2]*wal.Log
	defer func() {
		if err != nil {
			err = errors.Join(err, closeLogs(logs))
		}
	}()
	for epoch := st.folded + 1; epoch <= st.folded+2; epoch++ {
		path := logPath(s.path, epoch)
		if err := wal.Create(path, st.session, s.cfg.logBytes); err != nil {
			return err
		}
		file, err := s.cfg.openLog(path)
		if err != nil {
			return err
		}
		logs[epoch%2] = wal.NewLog(file, st.session, s.cfg.logBytes)
	}
	if err := s.db.Update(st.save); err != nil {
		return err
	}
	logs[s.active.epoch%2].Begin(s.active.epoch, 0)
	s.state, s.logs = st, logs
	return nil
}

func closeLogs(logs [2]*wal.Log) error {
	var errs []error
	for _, l := range logs {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// removeLogs removes both logs of a store, if they are there.
func removeLogs(path string) error {
	var errs []error
	for epoch := range uint64(2) {
		name := logPath(path, epoch)
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
		errs = append(errs, wal.RemoveUnfinished(name))
	}
	return errors.Join(errs...)
}
