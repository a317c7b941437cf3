package ffmpeg

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// decodeTime is how long a file may take. Half an hour of sound takes two seconds on a small machine.
const decodeTime = 20 * time.Second

// Decoder decodes files of sound. It is safe for concurrent use. Find or New makes one.
type Decoder struct{ path string }

// Find returns a Decoder by the program that is on the PATH, or ErrMissing.
func Find() (*Decoder, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrMissing, err)
	}
	return New(path), nil
}

// New returns a Decoder by the program at a path.
func New(path string) *Decoder { return &Decoder{path: path} }

// Path is where the program is.
func (d *Decoder) Path() string { return d.path }

// DecodeSound decodes the first sound in a file, at most limit of it, to the format that is wanted. A file without sound,
// such as a silent film, gives none and no error. Bytes that are not sound are ErrSound. ctx ends it at once; it takes 20
// seconds at most.
func (d *Decoder) DecodeSound(ctx context.Context, data []byte, f audio.Format, limit time.Duration) (audio.PCM, error) {
	limited, cancel := context.WithTimeout(ctx, decodeTime)
	defer cancel()
	cmd := exec.CommandContext(limited, d.path, arguments(f, limit)...)
	cmd.Dir = os.TempDir()
	cmd.Env = environ()
	cmd.WaitDelay = time.Second
	group(cmd)
	samples, complaint := &bounded{left: 2 * f.Samples(limit) * f.Channels}, &bounded{left: 4096}
	cmd.Stdout, cmd.Stderr = samples, complaint
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return audio.PCM{}, fmt.Errorf("ffmpeg: start %s: %w", d.path, err)
	}
	confine(cmd.Process.Pid) // before it gets to see the first byte
	fed := make(chan struct{})
	go func() { // ends when all is written, or with the process
		defer close(fed)
		_, _ = in.Write(data) // it stops reading when it has enough
		_ = in.Close()
	}()
	err = cmd.Wait()
	<-fed
	switch said := complaint.String(); {
	case ctx.Err() != nil:
		return audio.PCM{}, context.Cause(ctx)
	case limited.Err() != nil:
		return audio.PCM{}, fmt.Errorf("%w: it takes longer than %v", ErrSound, decodeTime)
	case err != nil && strings.Contains(said, "matches no streams"):
		return audio.PCM{Format: f}, nil
	case err != nil:
		return audio.PCM{}, fmt.Errorf("%w: %w: %s", ErrSound, err, lastLine(said))
	}
	return audio.PCM{Format: f, Samples: samples.samples(f.Channels)}, nil
}

// bounded keeps the beginning of what is written.
type bounded struct {
	b    []byte
	left int
}

// Write keeps what there is room for.
func (w *bounded) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.b = append(w.b, p[:n]...)
	w.left -= n
	return len(p), nil
}

// String is what was kept.
func (w *bounded) String() string { return string(w.b) }

// samples takes what was kept for little-endian samples, as many as are whole for all channels.
func (w *bounded) samples(channels int) []int16 {
	n := len(w.b) / 2 / channels * channels
	all := make([]int16, n)
	for i := range all {
		all[i] = int16(binary.LittleEndian.Uint16(w.b[2*i:]))
	}
	return all
}

// lastLine is the last that the program said, which says why it gave up.
func lastLine(said string) string {
	const most = 200
	said = strings.TrimSpace(said)
	line := strings.TrimSpace(said[strings.LastIndexByte(said, '\n')+1:])
	if line == "" {
		return "it did not say why"
	}
	return line[:min(len(line), most)]
}
