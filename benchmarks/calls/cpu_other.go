//go:build !unix

package calls

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
