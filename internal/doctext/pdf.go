package doctext

import (
	"context"
	"fmt"
)

func readPDF(_ context.Context, _ []byte, _ *writer) error { return fmt.Errorf("%w: PDF", ErrUnknown) }
