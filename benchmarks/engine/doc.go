// Package engine measures what the bare engine costs: stages that only pass frames on, no audio work, no models.
//
// Cost pushes 20 ms audio frames through a row of stages, one at a time and as a burst. Flush measures an
// interruption: with the queues full of a response that nobody takes, how long until the next response comes out
// at the end.
package engine
