//go:build !unix

package models

import "context"

// lock does nothing: the manifest has no packages for these systems, so nothing is ever fetched.
func lock(context.Context, string, func()) (unlock func(), err error) { return func() {}, nil }
