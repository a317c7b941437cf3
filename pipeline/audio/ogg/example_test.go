package ogg_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/parley-voice/parley/pipeline/audio/ogg"
)

func Example() {
	var file bytes.Buffer
	w, err := ogg.NewWriter(&file, ogg.Head{Channels: 1, PreSkip: 312, InputRate: 16000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		if err := w.WritePacket([]byte{0x48, 1, 2, 3}, 960); err != nil { // of an encoder
			fmt.Println(err)
			return
		}
	}
	if err := w.Close(0); err != nil {
		fmt.Println(err)
		return
	}
	r, err := ogg.NewReader(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("skip", r.Head().PreSkip)
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(p.Data), "bytes", p.Granule, p.Last)
	}
	// Output:
	// skip 312
	// 4 bytes -1 false
	// 4 bytes -1 false
	// 4 bytes 2880 true
}
