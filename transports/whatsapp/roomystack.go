package whatsapp

import "runtime"

// roomyStack makes room on the stack of a goroutine that has just begun and will call deep into the HTTP client or an encoder. A
// stack starts with 2 KB and doubles when it is full, each time with a copy of all frames on it; a tenth of the processor
// time of a text message went into that. Now there is one copy, of nearly nothing.
//
//go:noinline
func roomyStack() {
	var room [6 << 10]byte
	runtime.KeepAlive(&room)
}
