package format_test

import (
	"fmt"

	"github.com/parley-voice/parley/transports/whatsapp/format"
)

func ExampleFromMarkdown() {
	fmt.Println(format.FromMarkdown(`## Opening hours

We are **open** on:

* Monday, *8 to 17*
* Friday, ~~8 to 17~~ 8 to 12

More on [our page](https://example.com/hours).`))
	// Output:
	// *Opening hours*
	//
	// We are *open* on:
	//
	// - Monday, _8 to 17_
	// - Friday, ~8 to 17~ 8 to 12
	//
	// More on our page (https://example.com/hours).
}

func ExampleFromMarkdown_table() {
	fmt.Println(format.FromMarkdown(`| Plan | Price | What you get |
|------|-------|--------------|
| Basic | 5 € a month | one number |
| Pro | 15 € a month | five numbers and a manager |`))
	// Output:
	// *Plan: Basic*
	// - Price: 5 € a month
	// - What you get: one number
	//
	// *Plan: Pro*
	// - Price: 15 € a month
	// - What you get: five numbers and a manager
}

func ExampleSplit() {
	text := "It is *easy and quick to do*. Run this:\n```sh\ncurl --remote-name example.com/a\nsh a --yes\n```"
	for _, piece := range format.Split(text, 48) {
		fmt.Println(piece)
		fmt.Println("--")
	}
	// Output:
	// It is *easy and quick to do*. Run this:
	//
	// --
	// ```sh
	// curl --remote-name example.com/a
	// ```
	// --
	// ```sh
	// sh a --yes
	// ```
	// --
}

func ExamplePieces() {
	for _, piece := range format.Pieces("*one two three*", 10) {
		fmt.Printf("%q stands for %q\n", piece.Text, piece.Source)
	}
	// Output:
	// "*one two* " stands for "*one two "
	// "*three*" stands for "three*"
}
