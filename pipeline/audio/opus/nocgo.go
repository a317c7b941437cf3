//go:build !cgo

package opus

// Without cgo there is no Opus. This line stops the build with a sentence that says what to do, for the
// compiler's own message would only be that files were excluded.
var _ = opus_needs_cgo__build_with_CGO_ENABLED_1_and_install_libopus_dev
