// Package demo is the play that "parley demo" puts on: it starts the emulator of Meta's side and a bot, lets a
// caller with recorded and synthesised voices talk to the bot in real time, sends a text afterwards, and writes down
// what was said, how long everything took and whether it was real.
//
// Nothing in it is staged. What the bot understood and said comes from the bot; times, the recording and a second
// transcript of the bot's words come from the caller's end of the line, so the two can be held against each other.
// Every step that did not work is named, and one such step makes the whole demo fail.
package demo
