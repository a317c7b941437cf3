package llama

import (
	"context"
	"time"
)

const (
	// firstPause, doubled for each crash in a row, is the time before the process is started again; the first time
	// it is started at once.
	firstPause = 250 * time.Millisecond
	maxPause   = 10 * time.Second
	// steady is how long a process must have run for its end not to count as one more crash in a row.
	steady = time.Minute
)

// supervise keeps the process alive until Close. Connections that come while a new one loads wait in the listener's
// queue; those that come in a pause are refused by standby.
func (s *Server) supervise(p *process) {
	defer close(s.done)
	defer s.listener.Close()
	crashes := 0
	for {
		started := time.Now()
		if p != nil {
			select {
			case <-s.closing.Done():
				p.stop()
				s.setPID(0)
				return
			case <-p.exited:
			}
			s.setPID(0)
			if time.Since(started) > steady {
				crashes = 0
			}
			s.log.Warn("llama: the model's process has ended and is started again", "why", p.why())
		}
		if crashes++; crashes > 1 {
			pause := min(firstPause<<min(crashes-2, 10), maxPause)
			s.standby(pause)
		}
		if s.closing.Err() != nil {
			return
		}
		var err error
		if p, err = s.launch(s.closing); err != nil {
			p = nil
			if s.closing.Err() == nil {
				s.log.Error("llama: the model's process cannot be started again", "err", err)
			}
		}
	}
}

func (s *Server) setPID(pid int) {
	s.mu.Lock()
	s.pid = pid
	s.mu.Unlock()
}

// launch starts the process and waits until it is ready, not longer than ctx and the limit of a start.
func (s *Server) launch(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	p, err := startProcess(s.cfg, s.listener, s.log)
	if err != nil {
		return nil, err
	}
	if err := p.ready(ctx); err != nil {
		p.stop()
		return nil, err
	}
	s.setPID(p.cmd.Process.Pid)
	return p, nil
}
