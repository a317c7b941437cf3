package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/parley-voice/parley/transports/recording"
)

// Recording is the path of the file that the call is recorded to, or "" if it is not recorded. The file is there from
// a second or two after the call was accepted, and complete a moment after the call has ended.
func (c *Call) Recording() string {
	if c.bot.cfg.RecordDir == "" {
		return ""
	}
	// Neither numbers nor ids of Meta, which contain numbers, are fit for names of files.
	id := sha256.Sum256([]byte(c.ID()))
	name := c.began.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(id[:6]) + ".wav"
	return filepath.Join(c.bot.cfg.RecordDir, name)
}

// newRecorder returns nil if calls are not recorded.
func (c *Call) newRecorder() *recording.Recorder {
	path := c.Recording()
	if path == "" {
		return nil
	}
	return recording.New(recording.Create(path))
}

// closeRecorder completes the recording.
func (m *callMedia) closeRecorder() {
	if err := m.recorder.Close(); err != nil {
		m.call.log.Error("the call's recording is not complete", "file", m.call.Recording(), "err", err)
	} else if m.call.wasActive() {
		m.call.log.Info("call recorded", "file", m.call.Recording())
	}
}

func (c *Call) wasActive() bool {
	select {
	case <-c.live:
		return true
	default:
		return false
	}
}
