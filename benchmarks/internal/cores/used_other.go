//go:build !unix

package cores

import "time"

// Used is not known here.
func Used() time.Duration { return 0 }
