// Package engine measures what the bare engine costs: stages that only pass frames on, no audio work, no models.
//
// Cost pushes 20 ms audio frames through a row of stages, one at a time and as a burst. Flush measures an
// interruption with the queues full of a response that nobody takes: until Interrupt returns, and until the next
// response comes out at the end. Crowd keeps many sessions alive in one process: what one of them weighs, how long it
// takes to start and to stop, and whether a frame costs more because of the others. Busy has all of them talk at once.
//
// Measure runs all of it on one core and holds it against Targets.
package engine
