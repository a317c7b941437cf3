// Package recording writes calls to disk while they go on: one WAV file each in stereo at 16 kHz, the caller on the left and
// the bot on the right, as the caller hears it.
//
// Time is counted in samples: the transport's 20 ms clock drives the file by Tick, and what the caller says is laid down
// by its position in its own stream. So both sides stay where they were in the call, however bunched packets come in.
// A few seconds of audio are in memory at most. Until the end the file's header says that the length is not known,
// and players read what is there, even if the process was killed.
package recording
