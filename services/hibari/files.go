package hibari

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parley-voice/parley/internal/models"
)

// largest is the size to which a file of the model may unpack; the largest has 5 MB.
const largest = 64 << 20

// readFile reads a file of the model, and unpacks it if its name ends in ".gz".
func readFile(name string) ([]byte, error) {
	path, err := models.File(models.Hibari, name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, path, err)
	}
	unpacked, err := io.ReadAll(io.LimitReader(r, largest))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, path, err)
	}
	return unpacked, nil
}
