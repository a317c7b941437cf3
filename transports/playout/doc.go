// Package playout is the end of a voice pipeline: it keeps the audio of responses until a transport's 20 ms clock
// pulls it, and alone knows what the user heard.
//
// The pull asks the generation of the audio before each packet, so that an interruption is silent from the very
// next packet on, whatever is still buffered. Whether the bot speaks, and which words of a response were heard,
// is told by frame.Playback and nothing else.
package playout
