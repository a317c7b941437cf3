package hibari

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parley-voice/parley/internal/models"
)

// readFile reads a file of the model.
func readFile(name string) ([]byte, error) {
	path, err := models.File(models.Hibari, name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return data, nil
}

// largest is the size to which a file of the model may unpack; the largest has 5 MB.
const largest = 64 << 20

// unpackFile reads a file that gzip has packed.
func unpackFile(name string) (string, error) {
	data, err := readFile(name)
	if err != nil {
		return "", err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	var text strings.Builder
	text.Grow(int(min(largest, binary.LittleEndian.Uint32(data[len(data)-4:])))) // gzip ends with the size
	if _, err := io.Copy(&text, io.LimitReader(r, largest)); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	return text.String(), nil
}
