// Package libllama is a thin layer over the shared library libllama of llama.cpp, which it opens at run time.
//
// The library has no stable binary interface: its parameter structs change from release to release. This package
// fits the one release that internal/models pins; the caller must have checked the files' hashes before Open.
//
// Nothing here is safe for concurrent use, except Model's methods. A file that is no proper model can end the
// process, so all of this runs in a process of its own: see package llama.
package libllama
